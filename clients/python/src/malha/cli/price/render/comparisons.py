"""Offers side by side, and estimates line by line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from malha import money
from malha.cli.price.render import offers, words
from malha.cli.price.render.tables import Column
from malha.pricing.v1 import advisor_service_pb2 as advisor

if TYPE_CHECKING:
    from malha.cli.price.render.page import Page


def comparison(page: Page, answer: advisor.CompareOffersResponse, subjects: Sequence[str] = ()) -> None:
    """The rows, the cheapest first; `subjects` are what was asked for, in words, for those without an offer."""
    known = offers.by_name(answer.offers)
    unit = words.currency([row.hourly.amount for row in answer.rows])
    hourly = words.hourly([row.hourly.amount for row in answer.rows])
    columns = (
        Column("provider"), Column("region"), Column("type", style="bold"), Column("bought", wraps=12),
        Column("vCPU", right=True, rank=3), Column("GiB", right=True, rank=3), Column("GPU", rank=2),
        Column(f"{unit}/h", right=True), Column(f"{unit}/month", right=True, style="green"),
        Column("per year", right=True, rank=4), Column("more a month", right=True, rank=1),
        Column("dearer", right=True), Column("at once", right=True, rank=2), Column("source"),
        Column("offer", rank=6, style="dim"),
    )  # fmt: skip
    rows = []
    for index, row in enumerate(answer.rows):
        offer = known[row.offer]
        dearer = Text(f"+{words.percent(row.percent_dearer)}", "red") if row.percent_dearer else Text("")
        more = words.amount(row.monthly_difference) if money.nanos_of(row.monthly_difference.amount) else ""
        rows.append((
            offers.provider(offer), offer.region, offer.instance.type, offers.bought(offer),
            words.plain(offer.instance.vcpus), words.plain(offer.instance.memory_gib), offers.gpus(offer),
            hourly[index], words.amount(row.monthly), words.amount(row.yearly), more, dearer,
            words.amount(words.present(row, "upfront")), page.sources.mark(offer.provenance),
            offers.short_name(row.offer),
        ))  # fmt: skip
    page.table(columns, rows, "nothing to compare: no offer is like that")
    if rows:
        page.write(f"a month of {words.plain(answer.hours_a_month)} hours; commitments are paid for all 730", "dim")
    for missing in answer.missing:
        what = subjects[missing] if missing < len(subjects) else f"number {missing + 1}"
        page.write(f"no offer for {what}", "yellow")
    if answer.left_off:
        page.write(f"{words.count(answer.left_off, 'more row')}: --limit shows them", "dim")
    page.notice(answer.catalogue)


def estimate(page: Page, answer: advisor.EstimateWorkloadResponse, items: Sequence[str] = ()) -> None:
    """The lines, their sum, and how each figure comes about where there is room; `items` are what was asked for."""
    known = offers.by_name(answer.offers)
    unit = words.currency([answer.monthly.amount])
    hourly = words.hourly([words.present(line, "hourly") and line.hourly.amount for line in answer.lines])
    columns = (
        Column("what", style="bold"), Column("offer", wraps=24), Column("number", right=True),
        Column("hours", right=True, rank=3), Column(f"{unit}/h", right=True, rank=4),
        Column(f"{unit}/month", right=True, style="green"), Column("per year", right=True, rank=2), Column("source"),
        Column("how", rank=5, style="dim"),
    )  # fmt: skip
    rows: list[Sequence[str | Text]] = []
    for index, line in enumerate(answer.lines):
        offer = known.get(line.offer)
        rows.append((
            line.name or (line.kind if offer is None else offer.instance.type),
            f"your own price of {line.kind}" if offer is None else offers.title(offer), words.plain(line.quantity),
            words.plain(line.hours_a_month) if line.HasField("hours_a_month") else "", hourly[index],
            words.amount(line.monthly), words.amount(line.yearly),
            page.sources.mark(offer.provenance) if offer else "", line.monthly.formula,
        ))  # fmt: skip
    if len(rows) > 1:
        total = words.hourly([answer.hourly.amount])[0]
        sums = (words.amount(answer.monthly), words.amount(answer.yearly))
        rows.append(tuple(Text(cell, "bold") for cell in ("all", "", "", "", total, *sums, "", answer.monthly.formula)))
    page.table(columns, rows, "nothing to add up: no offer is like that")
    if answer.HasField("upfront"):
        page.write(f"of it paid when commitments begin: {money.text(answer.upfront.amount, 2)}")
    for missing in answer.missing:
        what = items[missing] if missing < len(items) else f"item {missing + 1}"
        page.write(f"no price is known for {what}: it is not in the sums", "yellow")
    page.notice(answer.catalogue)
