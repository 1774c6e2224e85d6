"""`malha price quarantine`: rows that were read and not published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from malha.cli.connection import connected
from malha.cli.listing import LARGEST_PAGE, taken
from malha.cli.price.answering import Form, answer_options
from malha.cli.price.needs import PROVIDERS

if TYPE_CHECKING:
    from malha.cli.price.render.page import Page
    from malha.pricing.v1 import ingest_service_pb2 as pb


@click.group()
def quarantine() -> None:
    """Look at rows that were read and not published, and decide about them."""


@quarantine.command("list")
@click.option("--provider", type=click.Choice(PROVIDERS), help="Whose rows.")
@click.option("--reason", help="Why they were held back, such as price_not_positive.")
@click.option("--all", "decided", is_flag=True, help="Also those that were decided about.")
@click.option(
    "--filter", "raw", default="", metavar="AIP-160", help='Such as: last_seen_time > "2026-11-01T00:00:00Z".'
)
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many to list.")
@answer_options
def list_(
    provider: str | None, reason: str | None, decided: bool, raw: str, limit: int, form: Form, **place: Any
) -> None:
    """List the rows, the last seen first."""
    from malha.cli.listing import quoted
    from malha.pricing.v1 import ingest_service_pb2 as pb

    terms = [] if decided else ["state = OPEN"]
    terms += [f"provider = {provider.upper()}"] if provider else []
    terms += [f"reason = {quoted(reason)}"] if reason else []
    terms += [f"({raw})"] if raw else []
    with connected(**place) as client:
        listed = client.pricing.list_quarantine(filter=" AND ".join(terms), page_size=min(limit, LARGEST_PAGE))
        found = taken(listed, limit)
    form.show(pb.ListQuarantineResponse(rows=found), lambda page: _draw(page, found))


@quarantine.command()
@click.argument("row")
@click.option("--reason", required=True, help="Why, for who reads it later.")
@answer_options
def approve(row: str, reason: str, form: Form, **place: Any) -> None:
    """Say that a ROW (quarantinedRows/..., or its id) is right: it is in the next version that is published."""
    _review(row, "APPROVED", reason, form, place)


@quarantine.command()
@click.argument("row")
@click.option("--reason", required=True, help="Why, for who reads it later.")
@answer_options
def dismiss(row: str, reason: str, form: Form, **place: Any) -> None:
    """Say that a ROW (quarantinedRows/..., or its id) is wrong: it does not come up again."""
    _review(row, "DISMISSED", reason, form, place)


def _review(row: str, state: str, reason: str, form: Form, place: dict[str, Any]) -> None:
    from malha.pricing.v1 import ingest_service_pb2 as pb

    name = f"quarantinedRows/{row.removeprefix('quarantinedRows/')}"
    with connected(**place) as client:
        done = client.pricing.review_quarantine(name, pb.QuarantineState.Value(f"QUARANTINE_STATE_{state}"), reason)
    form.show(done, lambda page: page.write(f"{done.name} is {state.lower()}"))


def _draw(page: Page, found: list[pb.QuarantinedRow]) -> None:
    from malha.cli.price.render import offers, words
    from malha.cli.price.render.tables import Column

    columns = (
        Column("row", style="dim"), Column("provider", rank=1), Column("reason", style="yellow"),
        Column("what", wraps=24), Column("found", wraps=24), Column("state"), Column("last seen", rank=2),
        Column("times", right=True, rank=3), Column("where", wraps=24, rank=4, style="dim"),
        Column("decided", wraps=24, rank=5),
    )  # fmt: skip
    rows = [
        (
            each.name.removeprefix("quarantinedRows/"), words.PROVIDERS.get(each.provider, ""),
            each.reason.replace("_", " "), offers.title(each.offer) if each.HasField("offer") else each.row,
            each.detail, words.STATES.get(each.state, ""), words.minute(each.last_seen_time), f"{each.times_seen:,}",
            each.source, ": ".join(part for part in (each.reviewer, each.review_reason) if part),
        )
        for each in found
    ]  # fmt: skip
    page.table(columns, rows, "nothing is in quarantine")
