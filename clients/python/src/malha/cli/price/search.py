"""`malha price search`: offers by what they are like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from malha.cli.connection import connected
from malha.cli.price.answering import Form, answer_options
from malha.cli.price.needs import Need, expression, gpu_models, need_options

if TYPE_CHECKING:
    from malha.cli.price.render.page import Page
    from malha.client import Client
    from malha.pricing.v1 import catalog_service_pb2 as pb

_LARGEST_PAGE = 500
_SORTS = {
    "price": "hourly_price",
    "price-desc": "hourly_price desc",
    "vcpu-price": "price_per_vcpu_hour",
    "memory-price": "price_per_gib_hour",
    "gpu-price": "price_per_gpu_hour",
    "vcpus": "vcpus desc, hourly_price",
    "memory": "memory_gib desc, hourly_price",
    "gpus": "gpu_count desc, hourly_price",
}


@click.command()
@need_options
@click.option(
    "--filter", "raw", default="", metavar="AIP-160", help='More conditions, such as: zone = "" AND plan = compute.'
)
@click.option("--sort", type=click.Choice(list(_SORTS)), default="price", show_default=True, help="What comes first.")
@click.option(
    "--order-by", default="", metavar="FIELDS", help="The same by field, such as: price_per_gpu_hour, region desc."
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many to list.")
@click.option("--ids", is_flag=True, help="Print the offers' ids and nothing else, for other verbs.")
@answer_options
def search(need: Need, raw: str, sort: str, order_by: str, limit: int, ids: bool, form: Form, **place: Any) -> None:
    """Find offers, the cheapest hour first.

    For example: malha price search --gpu h100 --area europe --purchase on-demand --sort gpu-price
    """
    with connected(**place) as client:
        terms = [term for term in (expression(need, gpu_models(client, need)), f"({raw})" if raw else "") if term]
        found = _found(client, " AND ".join(terms), order_by or _SORTS[sort], limit)
    if ids:
        for offer in found.offers:
            click.echo(offer.name.removeprefix("offers/"))
        return
    form.show(found, lambda page: _draw(page, found))


def _found(client: Client, conditions: str, order_by: str, limit: int) -> pb.SearchOffersResponse:
    """The first so many of all pages, as one answer."""
    from malha.pricing.v1 import catalog_service_pb2 as pb

    found = pb.SearchOffersResponse()
    pages = client.pricing.search_pages(filter=conditions, order_by=order_by, page_size=min(limit, _LARGEST_PAGE))
    for page in pages:
        found.offers.extend(page.offers[: limit - len(found.offers)])
        found.total_size = page.total_size
        found.catalogue.CopyFrom(page.catalogue)
        if len(found.offers) == limit:
            break
    return found


def _draw(page: Page, found: pb.SearchOffersResponse) -> None:
    from malha.cli.price.render import offers

    offers.table(page, found.offers, "no offer is like that: leave a condition out, or see `malha price regions`")
    if found.total_size > len(found.offers):
        page.write(f"{len(found.offers):,} of {found.total_size:,} offers; --limit shows more", "dim")
    page.notice(found.catalogue)
