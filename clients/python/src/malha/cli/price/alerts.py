"""`malha price alerts`: be told when prices change."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from malha.cli.connection import CallFailed, connected
from malha.cli.listing import LARGEST_PAGE, taken
from malha.cli.price.answering import Form, answer_options
from malha.cli.price.needs import Need, expression, gpu_models, need_options

if TYPE_CHECKING:
    from malha.cli.price.render.page import Page
    from malha.pricing.v1 import alert_service_pb2 as pb


@click.group()
def alerts() -> None:
    """Be told of changes of prices by a POST to an address of yours."""


@alerts.command()
@click.argument("name")
@click.argument("url")
@need_options
@click.option("--filter", "raw", default="", metavar="AIP-160", help="More conditions on what is told.")
@click.option(
    "--secret-file", type=click.Path(exists=True, dir_okay=False, allow_dash=True), metavar="FILE",
    help="What deliveries are signed with, 32 characters at least; - for standard input. [default: one is made]",
)  # fmt: skip
@answer_options
def create(name: str, url: str, need: Need, raw: str, secret_file: str | None, form: Form, **place: Any) -> None:
    """Make an alert with a NAME for people that tells URL (https) of changes.

    Without --secret-file a secret is made and printed, this once.
    """
    import secrets

    secret = secrets.token_urlsafe(32) if secret_file is None else _read(secret_file)
    with connected(**place) as client:
        terms = [term for term in (expression(need, gpu_models(client, need)), f"({raw})" if raw else "") if term]
        made = client.pricing.create_price_alert(name, webhook_url=url, secret=secret, filter=" AND ".join(terms))
    if secret_file is None:
        click.echo("the secret that deliveries are signed with, shown this once:", err=True)
        click.echo(secret, err=True)
    form.show(made, lambda page: page.write(f"{made.name}  {made.display_name}"))


@alerts.command("list")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="How many to list.")
@answer_options
def list_(limit: int, form: Form, **place: Any) -> None:
    """List the alerts of your tenant, the newest first."""
    from malha.pricing.v1 import alert_service_pb2 as pb

    with connected(**place) as client:
        found = taken(client.pricing.list_price_alerts(page_size=min(limit, LARGEST_PAGE)), limit)
    form.show(pb.ListPriceAlertsResponse(price_alerts=found), lambda page: _draw(page, found))


@alerts.command()
@click.argument("alert")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many to list.")
@answer_options
def deliveries(alert: str, limit: int, form: Form, **place: Any) -> None:
    """List what an ALERT (priceAlerts/..., or its id) sent, and how that went."""
    from malha.pricing.v1 import alert_service_pb2 as pb

    with connected(**place) as client:
        found = taken(client.pricing.list_alert_deliveries(_name(alert), page_size=min(limit, LARGEST_PAGE)), limit)
    form.show(pb.ListAlertDeliveriesResponse(deliveries=found), lambda page: _draw_deliveries(page, found))


@alerts.command()
@click.argument("alert")
@click.confirmation_option(prompt="Remove the alert, with what it has not sent yet?")
@answer_options
def delete(alert: str, form: Form, **place: Any) -> None:
    """Remove an ALERT (priceAlerts/..., or its id)."""
    with connected(**place) as client:
        client.pricing.delete_price_alert(_name(alert))
    form.show({}, lambda page: page.write(f"{_name(alert)} is removed"))


def _name(alert: str) -> str:
    return f"priceAlerts/{alert.removeprefix('priceAlerts/')}"


def _read(file: str) -> str:
    try:
        secret = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CallFailed(f"the secret cannot be read: {error}") from error
    return secret.strip()


def _draw(page: Page, found: list[pb.PriceAlert]) -> None:
    from malha.cli.price.render import words
    from malha.cli.price.render.tables import Column

    columns = (
        Column("alert", style="dim"), Column("name", style="bold"), Column("tells", wraps=24),
        Column("of", wraps=24), Column("since", rank=1), Column("by", rank=2),
    )  # fmt: skip
    rows = [
        (
            each.name.removeprefix("priceAlerts/"), each.display_name, each.webhook_url,
            each.filter or "all changes", words.day(each.create_time), each.creator,
        )
        for each in found
    ]  # fmt: skip
    page.table(columns, rows, "no alerts: `malha price alerts create` makes one")


def _draw_deliveries(page: Page, found: list[pb.AlertDelivery]) -> None:
    from malha.cli.price.render import words
    from malha.cli.price.render.tables import Column

    columns = (
        Column("delivery", style="dim", rank=2), Column("made"), Column("of", rank=1), Column("changes", right=True),
        Column("state", style="bold"), Column("attempts", right=True), Column("outcome"), Column("next", rank=1),
    )  # fmt: skip
    rows = [
        (
            each.id, words.minute(each.create_time), each.catalogue, f"{each.changes:,}", each.state.replace("_", " "),
            f"{each.attempts:,}", each.outcome,
            words.minute(each.next_attempt_time) if each.HasField("next_attempt_time") else "",
        )
        for each in found
    ]  # fmt: skip
    page.table(columns, rows, "nothing was sent yet")
