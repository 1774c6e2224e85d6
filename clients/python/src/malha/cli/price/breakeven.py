"""`malha price breakeven`: when a commitment pays."""

from __future__ import annotations

from typing import Any

import click

from malha.cli.connection import connected
from malha.cli.price.answering import Form, answer_options, offer_name
from malha.cli.price.needs import Need, need_options
from malha.cli.price.subjects import wanted
from malha.cli.price.values import share


@click.command()
@click.argument("subject", required=False, metavar="[OFFER|TYPE]")
@need_options
@click.option("--on-demand", default="", metavar="OFFER", help="What to hold it against. [default: the same on demand]")
@click.option("--use", type=share, metavar="SHARE", help="The part of the term's hours that is needed. [default: 100%]")
@click.option("--quantity", type=click.IntRange(1, 1_000_000), default=1, metavar="N", help="Instances.")
@answer_options
def breakeven(
    subject: str | None, need: Need, on_demand: str, use: float | None, quantity: int, form: Form, **place: Any
) -> None:
    """Say when a commitment is cheaper than paying on demand, and draw both ways month by month.

    \b
    For example:
      malha price breakeven m7i.large --region us-east-1 --term 1y --use 60%
      malha price breakeven gcp~us-central1~n2-standard-4~committed_use~~~~~12
    """
    if use == 0:
        raise click.UsageError("--use 0% needs no commitment")
    with connected(**place) as client:
        answer = client.pricing.analyze_commitment(
            wanted(client, [subject] if subject else [], need)[0],
            on_demand_offer=offer_name(on_demand) if on_demand else "",
            utilization=use,
            quantity=quantity,
        )
    from malha.cli.price.render import commitments

    form.show(answer, lambda page: commitments.commitment(page, answer))
