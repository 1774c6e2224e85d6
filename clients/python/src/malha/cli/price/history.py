"""`malha price history`: the prices that an offer had."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from malha.cli.connection import connected
from malha.cli.listing import LARGEST_PAGE
from malha.cli.price.answering import Form, answer_options, offer_name

if TYPE_CHECKING:
    from malha.cli.price.render.page import Page


@click.command()
@click.argument("offer")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="How many prices.")
@answer_options
def history(offer: str, limit: int, form: Form, **place: Any) -> None:
    """Show the prices that an OFFER had, newest first, under a line of how they went."""
    from malha.pricing.v1 import question_service_pb2

    with connected(**place) as client:
        found = client.pricing.get_offer(offer_name(offer))
        prices = client.pricing.list_price_history(found.name, page_size=min(limit, LARGEST_PAGE))
        answer = question_service_pb2.PriceSeries(offer=found, prices=islice(prices, limit))
        catalogue = client.pricing.get_catalogue()

    def draw(page: Page) -> None:
        from malha.cli.price.render import series

        series.history(page, answer)
        page.notice(catalogue)

    form.show(answer, draw)
