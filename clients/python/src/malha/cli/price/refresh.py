"""`malha price refresh`: the providers' prices, read anew."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import click

from malha.cli.connection import CallFailed, connected
from malha.cli.price.answering import Form, answer_options
from malha.cli.price.needs import PROVIDERS

if TYPE_CHECKING:
    from malha.cli.price.render.page import Page
    from malha.pricing.v1 import ingest_service_pb2 as pb


class _Follower(Protocol):
    def __call__(self, message: pb.RefreshCatalogResponse) -> None: ...


@click.command()
@click.option("--provider", "chosen", multiple=True, type=click.Choice(PROVIDERS), help="Repeatable. [default: all]")
@click.option("--region", "regions", multiple=True, metavar="CODE", help="Repeatable. [default: those configured]")
@click.option("--dry-run", is_flag=True, help="Read and check, and publish nothing.")
@answer_options
def refresh(chosen: tuple[str, ...], regions: tuple[str, ...], dry_run: bool, form: Form, **place: Any) -> None:
    """Read the providers' prices anew, check them, and publish them: all of them or nothing.

    Ctrl-C stops it, and nothing is published.
    """
    from malha.pricing.v1 import offer_pb2

    providers = [offer_pb2.Provider.Value(f"PROVIDER_{each.upper()}") for each in chosen]
    last: pb.RefreshCatalogResponse | None = None
    with connected(**place) as client, _followed() as follow:
        messages = client.pricing.refresh_catalogue(providers=providers, regions=regions, validate_only=dry_run)
        for last in messages:
            follow(last)
    if last is None:
        raise CallFailed("the refresh ended without a word: try again")
    outcome = last
    form.show(outcome, lambda page: _draw(page, outcome, dry_run))


@contextmanager
def _followed() -> Iterator[_Follower]:
    """Shows how far it is: a bar on a terminal, else a line on standard error for each thing that is begun."""
    if not sys.stderr.isatty():
        told: list[str] = []

        def tell(message: pb.RefreshCatalogResponse) -> None:
            line = _doing(message)
            if line not in told[-1:]:
                told.append(line)
                click.echo(line, err=True)

        yield tell
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}", markup=False), BarColumn(bar_width=20),
        TextColumn("{task.fields[counts]}", markup=False), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True, refresh_per_second=8) as bar:
        task = bar.add_task("beginning", total=None, counts="")

        def update(message: pb.RefreshCatalogResponse) -> None:
            total = message.total_bytes if message.HasField("total_bytes") else None
            bar.update(task, description=_doing(message), completed=message.read_bytes, counts=_counted(message))
            # A total that is not known any more is none: update() would take None for no change.
            bar.tasks[0].total = total

        yield update


def _counted(message: pb.RefreshCatalogResponse) -> str:
    """What was read so far, in bytes of the document and in offers of all."""
    of = f" of {message.total_bytes / 1e6:,.1f}" if message.HasField("total_bytes") else ""
    parts = [f"{message.read_bytes / 1e6:,.1f}{of} MB"] if message.read_bytes else []
    parts += [f"{message.counts.read:,} offers", f"{message.counts.quarantined:,} quarantined"]
    return ", ".join(parts)


def _doing(message: pb.RefreshCatalogResponse) -> str:
    from malha.cli.price.render import words
    from malha.cli.render.text import safe

    number = ""
    if message.HasField("documents_total"):
        number = f"{min(message.documents_done + 1, message.documents_total)}/{message.documents_total}"
    parts = (words.PHASES.get(message.phase, ""), words.PROVIDERS.get(message.provider, ""), number)
    document = safe(message.document.partition("?")[0].rpartition("/")[2])[:40]
    return " ".join(part for part in (*parts, document) if part)


def _draw(page: Page, outcome: pb.RefreshCatalogResponse, dry_run: bool) -> None:
    from malha.cli.price.render.tables import Column

    counts = outcome.counts
    rows = [
        ("offers read", counts.read, ""), ("accepted", counts.accepted, "green"),
        ("quarantined", counts.quarantined, "yellow"), ("rows that cannot be read", counts.rejected, "yellow"),
        ("rows out of scope", counts.out_of_scope, ""), ("new", counts.opened, "green"),
        ("with another price", counts.changed, "cyan"), ("gone", counts.ended, "red"),
    ]  # fmt: skip
    page.table(
        (Column("what"), Column("how many", right=True)), [(name, _number(each, style)) for name, each, style in rows]
    )
    if outcome.quarantined_by_reason:
        where = "" if dry_run else ": `malha price quarantine list` shows the rows"
        page.heading(f"Held back{where}")
        by_reason = sorted(outcome.quarantined_by_reason.items(), key=lambda item: (-item[1], item[0]))
        page.table(
            (Column("reason"), Column("rows", right=True)),
            [(reason.replace("_", " "), f"{rows:,}") for reason, rows in by_reason],
        )
    page.write()
    if outcome.HasField("catalogue"):
        page.write(f"published {outcome.catalogue.name} with {outcome.catalogue.offers:,} offers", "bold green")
        page.notice(outcome.catalogue)
    else:
        why = "nothing was to be published: a dry run" if dry_run else "nothing was published: nothing has changed"
        page.write(why, "bold")


def _number(number: int, style: str) -> Any:
    from rich.text import Text

    return Text(f"{number:,}", style if number else "dim")
