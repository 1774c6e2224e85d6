"""`malha price compare`: offers side by side."""

from __future__ import annotations

from typing import Any

import click

from malha.cli.connection import connected
from malha.cli.price.answering import Form, answer_options
from malha.cli.price.needs import Need, need_options
from malha.cli.price.subjects import wanted
from malha.cli.price.usage import usage_options


@click.command()
@click.argument("subjects", nargs=-1, metavar="[OFFER|TYPE]...")
@need_options
@click.option(
    "--by", "splits", multiple=True, type=click.Choice(["provider", "region", "purchase"]),
    help="A need stands for the best offer of each; repeatable. [default: provider]",
)  # fmt: skip
@click.option("--quantity", type=click.IntRange(1, 1_000_000), default=1, metavar="N", help="Instances of each.")
@usage_options
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="How many rows.")
@answer_options
def compare(
    subjects: tuple[str, ...], need: Need, splits: tuple[str, ...], quantity: int, usage: Any, limit: int, form: Form,
    **place: Any,
) -> None:  # fmt: skip
    """Set offers, types or a need side by side, the cheapest by the month first.

    On demand, unless --purchase, --term or --by purchase say otherwise.

    \b
    For example:
      malha price compare m7i.large Standard_D2s_v5 n2-standard-2
      malha price compare --vcpus =8 --memory 32 --area europe --by provider --by purchase
    """
    from malha.pricing.v1 import advisor_service_pb2 as advisor

    with connected(**place) as client:
        answer = client.pricing.compare_offers(
            wanted(client, subjects, need, on_demand="purchase" not in splits),
            splits=[advisor.Split.Value(f"SPLIT_{each.upper()}") for each in splits],
            quantity=quantity,
            usage=usage,
            limit=limit,
        )
    from malha.cli.price.render import comparisons

    form.show(answer, lambda page: comparisons.comparison(page, answer, subjects))
