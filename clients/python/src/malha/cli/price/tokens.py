"""`malha price tokens`: what language models cost."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from malha.cli.connection import connected
from malha.cli.price.answering import Form, answer_options

if TYPE_CHECKING:
    from malha.cli.price.render.page import Page
    from malha.pricing.v1 import catalog_service_pb2 as pb

_LARGEST_PAGE = 500


@click.command()
@click.argument("query", required=False, default="")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many to list.")
@answer_options
def tokens(query: str, limit: int, form: Form, **place: Any) -> None:
    """List what language models cost by the token; QUERY is a part of a model's or its provider's name."""
    from malha.pricing.v1 import catalog_service_pb2 as pb

    with connected(**place) as client:
        listed = client.pricing.list_token_prices(query, page_size=min(limit + 1, _LARGEST_PAGE))
        found = list(islice(listed, limit + 1))
    answer = pb.ListTokenPricesResponse(token_prices=found[:limit])
    form.show(answer, lambda page: _draw(page, found[:limit], more=len(found) > limit))


def _draw(page: Page, found: list[pb.TokenPrice], *, more: bool) -> None:
    from malha.cli.price.render import words
    from malha.cli.price.render.tables import Column

    columns = (
        Column("provider"), Column("model", style="bold"), Column("context", right=True, rank=3),
        Column("above", right=True, rank=1), Column("input", right=True, style="green"),
        Column("output", right=True, style="green"), Column("from cache", right=True, rank=2),
        Column("to cache", right=True, rank=4), Column("read", rank=5), Column("source"),
    )  # fmt: skip
    rows = [_row(page, each, rate) for each in found for rate in each.rates]
    page.table(columns, rows, "no model is called so")
    if rows:
        unit = words.currency([rate.input for each in found for rate in each.rates if rate.HasField("input")])
        page.write(f"{unit} for a million tokens; `above` is the input size from which on a price holds", "dim")
    if more:
        page.write("there are more: --limit shows them", "dim")
    for newest in sorted({words.day(each.provenance.observe_time) for each in found})[-1:]:
        page.notice(f"token prices, read {newest}")


def _row(page: Page, price: pb.TokenPrice, rate: pb.TokenRate) -> tuple[str, ...]:
    from malha import money
    from malha.cli.price.render import words

    def amount(field: Any) -> str:
        return money.number(money.to_decimal(getattr(rate, field))) if rate.HasField(field) else ""

    return (
        price.model_provider, price.model, f"{price.context_tokens:,}" if price.HasField("context_tokens") else "",
        f"{rate.above_input_tokens:,}" if rate.above_input_tokens else "", amount("input"), amount("output"),
        amount("cached_input"), amount("cache_write"), words.day(price.provenance.observe_time),
        page.sources.mark(price.provenance),
    )  # fmt: skip
