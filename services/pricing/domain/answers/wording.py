"""How an answer is said, in English and Portuguese. Every figure in a sentence comes from the result it is about."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from services.pricing.domain.advice.types.commitment import CommitmentAnalysis
from services.pricing.domain.advice.types.comparison import Comparison
from services.pricing.domain.advice.types.estimate import Estimate
from services.pricing.domain.advice.types.figures import Figure
from services.pricing.domain.advice.types.recommendation import Option, Recommendation
from services.pricing.domain.advice.types.rejections import Lost, Rejected
from services.pricing.domain.answers.amounts import PORTUGUESE, number, price, total
from services.pricing.domain.answers.events import OffersShown, Series
from services.pricing.domain.offers import Offer, Purchase
from services.pricing.domain.versions import Version

_BOUGHT: Final = {
    Purchase.ON_DEMAND: ("on demand", "sob demanda"),
    Purchase.SPOT: ("spot", "spot"),
    Purchase.RESERVED: ("reserved", "reservada"),
    Purchase.SAVINGS_PLAN: ("with a savings plan", "com savings plan"),
    Purchase.COMMITTED_USE: ("with a committed use discount", "com desconto por uso comprometido"),
    Purchase.SUSTAINED_USE: ("with the sustained use discount", "com desconto por uso contínuo"),
    Purchase.LOW_PRIORITY: ("low priority", "de baixa prioridade"),
    Purchase.CAPACITY_BLOCK: ("in a capacity block", "em bloco de capacidade"),
}


def refusal(language: str) -> str:
    """What is said to a question that is not answered."""
    return _in(
        language,
        "I can only say what cloud compute costs: prices, comparisons, estimates, commitments. Ask, for example:"
        " what does an m7i.large cost in Ireland?",
        "Só sei dizer quanto custa computação em nuvem: preços, comparações, estimativas, compromissos. Pergunte, por"
        " exemplo: quanto custa uma m7i.large na Irlanda?",
    )


def nothing(language: str) -> str:
    """What is said where no offer matches: a missing row is no statement about the provider."""
    return _in(
        language,
        "The catalogue has no price that fits. That does not mean that nobody sells it.",
        "O catálogo não tem preço que corresponda. Isso não quer dizer que ninguém ofereça.",
    )


def unexplained(language: str) -> str:
    """What is said where no note fits."""
    return _in(language, "The knowledge notes do not explain that.", "As notas de conhecimento não explicam isso.")


def notice(version: Version, language: str) -> str:
    """How old the figures are."""
    if language != PORTUGUESE:
        return f"({version.notice})"
    kind = "catálogo de referência" if version.notice.startswith("reference") else "catálogo atualizado"
    first, last = f"{version.read_from:%d/%m/%Y}", f"{version.read_to:%d/%m/%Y}"
    return f"({kind}, lido em {first})" if first == last else f"({kind}, lido de {first} a {last})"


def offers(found: OffersShown, language: str, *, cheapest: bool) -> str:
    """What was found."""
    first = found.offers[0]
    shown, amount = offer(first, language), price(first.hourly, language)
    if found.total == 1:
        return _in(language, f"{shown} costs {amount} an hour.", f"{shown} custa {amount} por hora.")
    if cheapest:
        return _in(
            language,
            f"The cheapest of {found.total} matching offers is {shown}: {amount} an hour.",
            f"A mais barata de {found.total} ofertas que correspondem é {shown}: {amount} por hora.",
        )
    return _in(
        language,
        f"{found.total} offers match, from {amount} an hour ({shown}).",
        f"{found.total} ofertas correspondem, a partir de {amount} por hora ({shown}).",
    )


def lasting(found: Offer, language: str) -> str:
    """What it costs where nobody takes it away."""
    shown, amount = offer(found, language), price(found.hourly, language)
    return _in(
        language,
        f" Without the risk of interruption: {shown}, {amount} an hour.",
        f" Sem risco de interrupção: {shown}, {amount} por hora.",
    )


def estimate(found: Estimate, whole: Figure | None, hours: Decimal | None, language: str) -> str:
    """What something costs."""
    line = found.lines[0]
    assert line.offer is not None  # the first line of an item is that of its instances
    shown, count = offer(line.offer, language), number(line.quantity, language)
    if whole is not None and hours is not None:
        amount = total(whole.money, language)
        return _in(
            language,
            f"{count} x {shown} for {number(hours, language)} hours: {amount} ({whole.formula}).",
            f"{count} x {shown} por {number(hours, language)} horas: {amount} ({whole.formula}).",
        )
    month, year = total(found.total.monthly.money, language), total(found.total.yearly.money, language)
    return _in(
        language,
        f"{count} x {shown}: {month} a month (730 hours), {year} a year.",
        f"{count} x {shown}: {month} por mês (730 horas), {year} por ano.",
    )


def comparison(found: Comparison, language: str) -> str:
    """What is the cheapest, and by how much."""
    first, *others = found.rows
    text = _in(
        language,
        f"The cheapest is {offer(first.offer, language)}: {price(first.offer.hourly, language)} an hour.",
        f"A mais barata é {offer(first.offer, language)}: {price(first.offer.hourly, language)} por hora.",
    )
    for row in others[:3]:
        percent = "" if row.difference.percent is None else f" (+{number(row.difference.percent, language)} %)"
        text += f" {offer(row.offer, language)}: {price(row.offer.hourly, language)}{percent}."
    return text


def recommendation(found: Recommendation, language: str) -> str:
    """What to take, or by how much the budget is too small; empty where nothing would do at any price."""
    if not found.options:
        over = next((each for each in found.rejected if each.reason is Lost.OVER_BUDGET), None)
        return "" if over is None else _over_budget(over, language)
    option = found.options[0]
    month = total(option.monthly.money, language)
    text = _in(
        language, f"Take {_mix(option, language)}: {month} a month.", f"Use {_mix(option, language)}: {month} por mês."
    )
    if len(found.options) > 1:
        other = found.options[1]
        dearer = total(other.above_best.money, language)
        text += _in(
            language,
            f" Next: {_mix(other, language)}, {dearer} a month more.",
            f" Depois: {_mix(other, language)}, {dearer} a mais por mês.",
        )
    return text


def _over_budget(found: Rejected, language: str) -> str:
    assert found.offer is not None and found.difference is not None  # both belong to the reason
    shown, excess = offer(found.offer, language), total(found.difference.money, language)
    return _in(
        language,
        f"Nothing fits the budget. The cheapest that would do, {shown}, is {excess} above it.",
        f"Nada cabe no orçamento. A opção mais barata que serviria, {shown}, passa dele em {excess}.",
    )


def commitment(found: CommitmentAnalysis, language: str) -> str:
    """When a commitment pays."""
    shown = offer(found.commitment, language)
    saving = total(found.saving.money, language)
    months = found.use_break_even_months
    if months is None:
        return _in(
            language,
            f"{shown} never pays within its term against {price(found.on_demand.hourly, language)} an hour on demand.",
            f"{shown} nunca compensa no prazo frente a {price(found.on_demand.hourly, language)} por hora sob demanda.",
        )
    unit = _in(language, "month" if months == 1 else "months", "mês" if months == 1 else "meses")
    least = number(found.break_even_utilisation * 100, language)
    return _in(
        language,
        f"{shown} pays once it has been used for {number(months, language)} {unit}, or whenever it is needed for"
        f" at least {least} % of the hours; over the whole term it saves {saving}.",
        f"{shown} compensa depois de {number(months, language)} {unit} de uso, ou se for necessária em pelo menos"
        f" {least} % das horas; no prazo inteiro economiza {saving}.",
    )


def series(found: Series, language: str) -> str:
    """How a price changed."""
    shown, newest = offer(found.offer, language), found.spans[0]
    text = _in(
        language,
        f"{shown} has cost {price(newest.hourly, language)} an hour since {newest.from_time:%Y-%m-%d}.",
        f"{shown} custa {price(newest.hourly, language)} por hora desde {newest.from_time:%d/%m/%Y}.",
    )
    if len(found.spans) == 1:
        return text + _in(language, " No change is known.", " Nenhuma mudança é conhecida.")
    before = price(found.spans[1].hourly, language)
    return text + _in(language, f" Before, it was {before}.", f" Antes, era {before}.")


def offer(found: Offer, language: str) -> str:
    """An offer in a few words: `m7i.large in us-east-1, on demand`."""
    key = found.key
    bought = _BOUGHT[key.purchase][language == PORTUGUESE]
    if key.term_months:
        bought += _term(key.term_months, language)
    return _in(
        language, f"{key.instance_type} in {key.region}, {bought}", f"{key.instance_type} em {key.region}, {bought}"
    )


def _term(months: int, language: str) -> str:
    years = months // 12
    if years == 1:
        return _in(language, " for 1 year", " por 1 ano")
    return _in(language, f" for {years} years", f" por {years} anos")


def _mix(option: Option, language: str) -> str:
    return " + ".join(f"{line.count} x {offer(line.offer, language)}" for line in option.lines)


def _in(language: str, english: str, portuguese: str) -> str:
    return portuguese if language == PORTUGUESE else english
