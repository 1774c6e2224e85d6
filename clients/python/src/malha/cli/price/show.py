"""`malha price show`: one offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from malha.cli.connection import connected
from malha.cli.price.answering import Form, answer_options, offer_name

if TYPE_CHECKING:
    from malha.cli.price.render.page import Page


@click.command()
@click.argument("offer")
@answer_options
def show(offer: str, form: Form, **place: Any) -> None:
    """Show all that is known of an OFFER, such as aws~us-east-1~m7i.large~on_demand."""
    with connected(**place) as client:
        found = client.pricing.get_offer(offer_name(offer))
        catalogue = client.pricing.get_catalogue(found.provenance.catalogue or "catalogues/current")

    def draw(page: Page) -> None:
        from malha.cli.price.render import offers

        offers.card(page, found)
        page.notice(catalogue)

    form.show(found, draw)
