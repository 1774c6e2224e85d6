"""`malha price watch`: changes of prices as they are published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from malha.cli.connection import connected
from malha.cli.price.answering import Form, answer_options
from malha.cli.price.needs import Need, expression, gpu_models, need_options

if TYPE_CHECKING:
    from rich.text import Text

    from malha.pricing.v1 import catalog_service_pb2 as pb


@click.command()
@need_options
@click.option("--filter", "raw", default="", metavar="AIP-160", help="More conditions on what is shown.")
@click.option("--after", type=click.IntRange(0), default=0, metavar="N", help="Begin behind the change of this number.")
@click.option("--for", "seconds", type=click.FloatRange(0.1), metavar="SECONDS", help="End after so long.")
@answer_options
def watch(
    need: Need, raw: str, after: int, seconds: float | None, form: Form, timeout: float | None, **place: Any
) -> None:
    """Follow the changes of prices as they are published, until Ctrl-C.

    Each has a number; --after takes up behind it. With --json there is a line of JSON for each change.
    """
    with connected(**place, timeout=timeout) as client:
        terms = [term for term in (expression(need, gpu_models(client, need)), f"({raw})" if raw else "") if term]
        messages = client.pricing.watch_price_changes(filter=" AND ".join(terms), after=after, timeout=seconds)
        _follow(messages, form)


def _follow(messages: Any, form: Form) -> None:
    import json

    page = form.page()
    told = ""
    click.echo("watching, until Ctrl-C", err=True)
    for message in messages:
        if message.HasField("change"):
            if form.as_json:
                from malha.cli.render.json_form import as_dict

                click.echo(json.dumps(as_dict(message.change), ensure_ascii=False))
            else:
                page.write_as_is(_line(message.change))
                told = message.catalogue
        elif message.catalogue != told:
            told = message.catalogue
            click.echo(f"the newest version is {told}", err=True)


def _line(change: pb.PriceChange) -> Text:
    from rich.text import Text

    from malha import money
    from malha.cli.price.render import offers, words
    from malha.cli.render.text import safe

    line = Text(f"{change.sequence:>8}  {words.minute(change.change_time)}  ", "dim")
    line.append(f"{safe(offers.short_name(change.offer))}  ", "bold")
    if not change.HasField("old_hourly_price"):
        return line.append(f"new at {money.text(change.new_hourly_price)}/h", "cyan")
    old = money.text(change.old_hourly_price)
    if not change.HasField("new_hourly_price"):
        return line.append(f"gone, was {old}/h", "dim")
    before, now = money.nanos_of(change.old_hourly_price), money.nanos_of(change.new_hourly_price)
    percent = f"  {(now - before) * 100 / before:+,.1f} %" if before else ""
    return line.append(f"{old} -> {money.text(change.new_hourly_price)}/h{percent}", "red" if now > before else "green")
