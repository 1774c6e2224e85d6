"""What to take: options for a need, a portfolio for a workload, and why other ways lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from malha import money
from malha.cli.price.render import offers, words
from malha.cli.price.render.styled import styled
from malha.cli.price.render.tables import Column
from malha.pricing.v1 import recommendation_pb2

if TYPE_CHECKING:
    from malha.cli.price.render.page import Page
    from malha.pricing.v1 import offer_pb2


def recommendation(page: Page, answer: recommendation_pb2.RecommendConfigurationResponse) -> None:
    """The options or the portfolio, then what was rejected."""
    known = offers.by_name(answer.offers)
    if answer.HasField("portfolio"):
        _portfolio(page, answer.portfolio, known)
    elif answer.options:
        _options(page, answer.options, known)
        page.write(f"a month of {words.plain(answer.hours_a_month)} hours; commitments are paid for all 730", "dim")
    else:
        page.write("nothing will do: below is why; ask for less, or allow more", "yellow")
    if (answer.options or answer.HasField("portfolio")) and not answer.optimal:
        page.write("the search reached a limit: there may be something cheaper", "yellow")
    rejected(page, answer.rejected, known)
    page.notice(answer.catalogue)


def rejected(page: Page, lost: Sequence[recommendation_pb2.RejectedOption], known: dict[str, offer_pb2.Offer]) -> None:
    """Why the other ways lost."""
    if not lost:
        return
    page.heading("Why not")
    columns = (
        Column("provider"), Column("bought", wraps=12), Column("because", style="yellow", rank=2),
        Column("in words", wraps=24),
        Column("a month more", right=True, rank=1), Column("source"), Column("best offer", rank=3, style="dim"),
    )  # fmt: skip
    rows = []
    for each in lost:
        bought = " ".join((words.PURCHASES.get(each.purchase_option, ""), words.term(each.term_months))).strip()
        offer = known.get(each.offer)
        rows.append((
            words.PROVIDERS.get(each.provider, "any"), bought, words.REASONS.get(each.reason, ""), each.text,
            words.amount(words.present(each, "difference")), page.sources.mark(offer.provenance) if offer else "",
            offers.short_name(each.offer),
        ))  # fmt: skip
    page.table(columns, rows)


def _options(
    page: Page, options: Sequence[recommendation_pb2.ConfigurationOption], known: dict[str, offer_pb2.Offer]
) -> None:
    unit = words.currency([each.monthly.amount for each in options])
    hourly = words.hourly([each.hourly.amount for each in options])
    columns = (
        Column("", right=True), Column("take", wraps=24, style="bold"), Column(f"{unit}/h", right=True, rank=2),
        Column(f"{unit}/month", right=True, style="green"), Column("per year", right=True, rank=3),
        Column("more a month", right=True, rank=1), Column("may be taken away", right=True, style="yellow", rank=1),
        Column("source"),
    )  # fmt: skip
    rows = []
    for index, option in enumerate(options):
        lines = [(line.count, known[line.offer]) for line in option.lines]
        more = money.nanos_of(option.monthly_difference.amount)
        rows.append((
            str(index + 1), " + ".join(f"{count} x {offers.title(offer)}" for count, offer in lines), hourly[index],
            words.amount(option.monthly), words.amount(option.yearly),
            words.amount(option.monthly_difference) if more else "",
            words.share(option.interruptible_share) if option.interruptible_share else "",
            page.sources.mark(*(offer.provenance for _, offer in lines)),
        ))  # fmt: skip
    page.table(columns, rows)
    if options[0].explanation:
        page.heading("About the first")
        for sentence in options[0].explanation:
            page.write(f"- {sentence}")


def _portfolio(page: Page, found: recommendation_pb2.Portfolio, known: dict[str, offer_pb2.Offer]) -> None:
    unit = words.currency([found.monthly.amount])
    columns = (
        Column("for", style="cyan"), Column("take", wraps=24, style="bold"), Column("most at once", right=True),
        Column("hours paid", right=True, rank=2), Column("hours used", right=True, rank=2),
        Column(f"{unit}/month", right=True, style="green"), Column("in all", right=True, rank=1),
        Column("at once", right=True, rank=1), Column("source"),
    )  # fmt: skip
    rows: list[Sequence[str | Text]] = []
    for line in found.lines:
        offer = known[line.offer]
        rows.append((
            words.ROLES.get(line.role, ""), offers.title(offer), f"{line.instances:,}", words.plain(line.paid_hours),
            words.plain(line.used_hours), words.amount(line.monthly), words.amount(line.total),
            words.amount(words.present(line, "upfront")), page.sources.mark(offer.provenance),
        ))  # fmt: skip
    sums = ("all", "", "", "", "", words.amount(found.monthly), words.amount(found.total), "", "")
    rows.append(tuple(Text(cell, "bold") for cell in sums))
    page.table(columns, rows)
    _saving(page, found)
    for risk in found.risks:
        cost = f" ({money.text(risk.figure.amount, 2)})" if risk.HasField("figure") else ""
        page.write(styled((f"risk, {risk.kind}: ", "yellow"), (risk.text + cost, "")))


def _saving(page: Page, found: recommendation_pb2.Portfolio) -> None:
    if found.HasField("saving"):
        percent = f", {words.percent(found.saving_percent)}" if found.HasField("saving_percent") else ""
        page.write(
            styled(
                (f"saves {money.text(found.saving.amount, 2)}{percent}", "green"),
                (f" against {money.text(found.all_on_demand.amount, 2)} all on demand", ""),
            )
        )
    if found.HasField("commitment_utilization"):
        page.write(f"of the commitments' paid hours, {words.share(found.commitment_utilization)} are used")
    if found.interruptible_share:
        page.write(f"the provider may take away {words.share(found.interruptible_share)} of all hours", "yellow")
