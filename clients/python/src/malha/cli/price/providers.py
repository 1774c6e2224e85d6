"""`malha price providers`: who sells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from malha.cli.connection import connected
from malha.cli.price.answering import Form, answer_options

if TYPE_CHECKING:
    from malha.cli.price.render.page import Page
    from malha.pricing.v1 import catalog_service_pb2 as pb


@click.command()
@answer_options
def providers(form: Form, **place: Any) -> None:
    """List the providers, with their GPU models and how much is known of each."""
    with connected(**place) as client:
        answer = client.pricing.list_providers()
    form.show(answer, lambda page: _draw(page, answer))


def _draw(page: Page, answer: pb.ListProvidersResponse) -> None:
    from malha.cli.price.render import words
    from malha.cli.price.render.tables import Column

    columns = (
        Column("provider", style="bold"), Column("name", rank=2), Column("regions", right=True),
        Column("types", right=True), Column("offers", right=True), Column("read", rank=3),
        Column("bought", wraps=16, rank=1), Column("GPUs", wraps=24),
    )  # fmt: skip
    rows = [
        (
            words.PROVIDERS.get(each.provider, each.name), each.display_name, f"{each.regions:,}",
            f"{each.instance_types:,}", f"{each.offers:,}", words.day(each.newest_observe_time),
            ", ".join(words.PURCHASES.get(option, "other") for option in each.purchase_options),
            ", ".join(each.gpu_models),
        )
        for each in answer.providers
    ]  # fmt: skip
    page.table(columns, rows, "the catalogue is empty: `malha price refresh` fills it")
    page.notice(answer.catalogue)
