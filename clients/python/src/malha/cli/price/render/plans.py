"""How many instances a load needs, what they cost, and when to scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from malha import money
from malha.cli.price.render import charts, offers, words
from malha.cli.price.render.recommendations import rejected
from malha.cli.price.render.styled import styled
from malha.cli.price.render.tables import Column
from malha.pricing.v1 import capacity_pb2

if TYPE_CHECKING:
    from malha.cli.price.render.page import Page
    from malha.pricing.v1 import offer_pb2


def capacity(page: Page, answer: capacity_pb2.PlanCapacityResponse) -> None:
    """The plans, each with its instances, its hours and its rules."""
    known = offers.by_name(answer.offers)
    if not answer.plans:
        page.write("there is no plan: below is why", "yellow")
    for number, plan in enumerate(answer.plans):
        if number:
            page.write()
        _plan(page, plan, known)
    rejected(page, answer.rejected, known)
    page.notice(answer.catalogue)


def _plan(page: Page, plan: capacity_pb2.CapacityPlan, known: dict[str, offer_pb2.Offer]) -> None:
    head = f"{plan.strategy}: {words.count(plan.instances, 'instance')}, {money.text(plan.monthly.amount, 2)} a month"
    page.write(Text(head, "bold green"))
    page.write(plan.formula, "dim")
    unit = words.currency([plan.monthly.amount])
    columns = (
        Column("take", wraps=24, style="bold"), Column("at most", right=True), Column("hours a month", right=True),
        Column(f"{unit}/month", right=True, style="green"), Column("source"), Column("how", rank=1, style="dim"),
    )  # fmt: skip
    rows = []
    for line in plan.lines:
        offer = known[line.offer]
        rows.append((
            offers.title(offer), f"{line.instances:,}", words.plain(line.instance_hours), words.amount(line.monthly),
            page.sources.mark(offer.provenance), line.monthly.formula,
        ))  # fmt: skip
    page.table(columns, rows)
    _hours(page, plan)
    _rules(page, plan)
    for sentence in plan.survives:
        page.write(f"- {sentence}")


def _hours(page: Page, plan: capacity_pb2.CapacityPlan) -> None:
    running = [each.running for each in plan.hours]
    if len(set(running)) > 1:
        line = charts.sparkline(running, blocks=page.blocks)
        page.write(styled(("by hour  ", "dim"), (line, "cyan"), (f"  {min(running)} to {max(running)}", "dim")))


def _rules(page: Page, plan: capacity_pb2.CapacityPlan) -> None:
    if plan.scheduled:
        columns = (Column("by the clock"), Column("hours"), Column("at least", right=True))
        rows = [
            (each.cron, f"{each.from_hour} to {each.to_hour}", f"{each.min_instances:,}") for each in plan.scheduled
        ]
        page.table(columns, rows)
    if plan.event_driven:
        measured = (
            Column("by what is measured"), Column("one more above", right=True), Column("one fewer below", right=True),
            Column("pause", right=True), Column("from", right=True), Column("to", right=True),
            Column("how", rank=1, style="dim"),
        )  # fmt: skip
        page.table(measured, [_event(each) for each in plan.event_driven])


def _event(rule: capacity_pb2.EventScaling) -> tuple[str, ...]:
    return (
        rule.signal.replace("_", " "), words.plain(rule.scale_out_above), words.plain(rule.scale_in_below),
        f"{words.plain(rule.cooldown.ToTimedelta().total_seconds())} s", f"{rule.min_instances:,}",
        f"{rule.max_instances:,}", rule.formula,
    )  # fmt: skip
