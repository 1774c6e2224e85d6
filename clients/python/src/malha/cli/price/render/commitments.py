"""When a commitment pays: the outcome, both paths as a chart, and how firm it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from malha import money
from malha.cli.price.render import charts, offers, words
from malha.cli.price.render.styled import styled
from malha.cli.price.render.tables import Column
from malha.pricing.v1 import commitment_pb2

if TYPE_CHECKING:
    from malha.cli.price.render.page import Page

_CHART_WIDTH: Final = 72
_CHART_HEIGHT: Final = 12


def commitment(page: Page, answer: commitment_pb2.AnalyzeCommitmentResponse) -> None:
    """The whole analysis."""
    known = offers.by_name(answer.offers)
    committed, on_demand = known[answer.commitment], known[answer.on_demand]
    term = max((each.month for each in answer.months), default=committed.term_months)
    page.write(offers.title(committed), "cyan")
    page.write(styled(("against ", "dim"), (offers.title(on_demand), "yellow")))
    page.write()
    _outcome(page, answer, term)
    _costs(page, answer, (page.sources.mark(committed.provenance), page.sources.mark(on_demand.provenance)))
    _chart(page, answer)
    _sensitivity(page, answer)
    if not answer.upfront_known:
        page.write("the source does not say what is paid at the beginning: it counts as spread over the term", "yellow")
    page.notice(answer.catalogue)


def _outcome(page: Page, answer: commitment_pb2.AnalyzeCommitmentResponse, term: int) -> None:
    saving = money.nanos_of(answer.saving.amount)
    amount = money.text(money.of_nanos(abs(saving), answer.saving.amount.currency_code), 2)
    what = "saves" if saving >= 0 else "costs more:"
    text = f"{what} {amount} in {term} months ({words.percent(abs(answer.saving_percent))})"
    page.write(Text(text, "bold green" if saving >= 0 else "bold red"))
    page.write(f"at a use of {words.share(answer.utilization)} of the hours; {_from_which_use(answer)}")
    if answer.HasField("cash_break_even_months"):
        month = answer.cash_break_even_months
        when = f"after month {month:,.1f}" if month >= 0.05 else "from the beginning on"
        page.write(f"break-even: {when} no more was paid than on demand")
    else:
        page.write(f"no break-even within the {term} months", "yellow")
    if answer.HasField("use_break_even_months"):
        page.write(f"the whole commitment pays once it was used for {answer.use_break_even_months:,.1f} months")


def _from_which_use(answer: commitment_pb2.AnalyzeCommitmentResponse) -> str:
    least = answer.break_even_utilization
    return f"it is cheaper from {words.share(least)} on" if least <= 1 else "it never is cheaper"


def _costs(page: Page, answer: commitment_pb2.AnalyzeCommitmentResponse, sources: tuple[str, str]) -> None:
    unit = words.currency([answer.committed_total.amount])
    columns = (
        Column(""), Column("at once", right=True), Column("each month", right=True),
        Column(f"whole term, {unit}", right=True, style="green"), Column("source"),
        Column("how", rank=1, style="dim"),
    )  # fmt: skip
    rows = [
        (Text("commitment", "cyan"), words.amount(answer.upfront) if answer.upfront_known else "",
         words.amount(answer.recurring), words.amount(answer.committed_total), sources[0],
         answer.committed_total.formula),
        (Text("on demand", "yellow"), "", "", words.amount(answer.on_demand_total), sources[1],
         answer.on_demand_total.formula),
    ]  # fmt: skip
    page.write()
    page.table(columns, rows)


def _chart(page: Page, answer: commitment_pb2.AnalyzeCommitmentResponse) -> None:
    committed = [money.nanos_of(each.committed.amount) for each in answer.months]
    on_demand = [money.nanos_of(each.on_demand.amount) for each in answer.months]
    if len(committed) < 2:
        return
    crossing = answer.cash_break_even_months if answer.HasField("cash_break_even_months") else None
    highest = max([*committed, *on_demand])
    labels = tuple(money.number(money.to_decimal(money.of_nanos(each)), 0) for each in (highest, highest // 2, 0))
    one, other, both = charts.legend(blocks=page.blocks)
    page.write()
    parts = (
        (f"paid so far, {words.currency([answer.committed_total.amount])}, by month:  ", "dim"),
        (f"{one} commitment  ", "cyan"), (f"{other} on demand  ", "yellow"), (f"{both} both", "dim"),
    )  # fmt: skip
    page.write(styled(*parts))
    width = min(page.width, _CHART_WIDTH)
    for line in charts.paths(
        committed, on_demand, crossing, (labels[0], labels[1], labels[2]), width, _CHART_HEIGHT, blocks=page.blocks
    ):
        page.write_as_is(line)


def _sensitivity(page: Page, answer: commitment_pb2.AnalyzeCommitmentResponse) -> None:
    if not answer.sensitivity:
        return
    uses = sorted({each.utilization for each in answer.sensitivity})
    changes = sorted({each.price_change for each in answer.sensitivity})
    outcome = {(each.utilization, each.price_change): each for each in answer.sensitivity}
    page.heading(f"What it saves, in {words.currency([answer.saving.amount])}, if on-demand prices change")
    columns = [Column("used"), *(Column(f"{change:+g} %" if change else "0 %", right=True) for change in changes)]
    rows: list[list[str | Text]] = []
    for use in uses:
        cells = [outcome.get((use, change)) for change in changes]
        rows.append([words.share(use), *(_saved(cell) for cell in cells)])
    page.table(columns, rows)


def _saved(cell: commitment_pb2.CommitmentSensitivity | None) -> Text:
    if cell is None:
        return Text("")
    return Text(words.amount(cell.saving, 0), "green" if money.nanos_of(cell.saving.amount) >= 0 else "red")
