"""`malha price regions`: where they sell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from malha.cli.connection import connected
from malha.cli.listing import LARGEST_PAGE
from malha.cli.price.answering import Form, answer_options
from malha.cli.price.needs import PROVIDERS

if TYPE_CHECKING:
    from malha.cli.price.render.page import Page
    from malha.pricing.v1 import catalog_service_pb2 as pb
    from malha.pricing.v1 import offer_pb2


@click.command()
@click.argument("provider", required=False, type=click.Choice(PROVIDERS))
@click.option("--area", metavar="AREA", help="Only those of a country or a part of the world, such as europe.")
@answer_options
def regions(provider: str | None, area: str | None, form: Form, **place: Any) -> None:
    """List the regions, of one PROVIDER or of all, with the areas that they belong to."""
    from malha.pricing.v1 import catalog_service_pb2 as pb

    with connected(**place) as client:
        listed = client.pricing.list_regions(f"providers/{provider or '-'}", page_size=LARGEST_PAGE)
        found = [each for each in listed if area is None or area.lower() in each.areas]
        catalogue = client.pricing.get_catalogue()
    answer = pb.ListRegionsResponse(regions=found, catalogue=catalogue)
    form.show(answer, lambda page: _draw(page, found, catalogue))


def _draw(page: Page, found: list[pb.Region], catalogue: offer_pb2.Catalogue) -> None:
    from malha.cli.price.render import words
    from malha.cli.price.render.tables import Column

    columns = (
        Column("provider"), Column("region", style="bold"), Column("where", rank=1), Column("country", rank=3),
        Column("offers", right=True), Column("areas", wraps=24, rank=2),
    )  # fmt: skip
    rows = [
        (
            words.PROVIDERS.get(each.provider, ""), each.code, each.display_name, each.country, f"{each.offers:,}",
            ", ".join(each.areas),
        )
        for each in found
    ]  # fmt: skip
    page.table(columns, rows, "no region is there: `malha price regions` lists all, with their areas")
    page.notice(catalogue)
