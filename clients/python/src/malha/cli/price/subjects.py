"""What is compared, estimated or committed to: offers by id, types by name, or a need by options."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from malha.cli.price.answering import is_offer, offer_name
from malha.cli.price.needs import Need, constraints, gpu_models

if TYPE_CHECKING:
    from collections.abc import Sequence

    from malha.client import Client
    from malha.pricing.v1 import workload_pb2


def wanted(client: Client, words: Sequence[str], need: Need, *, on_demand: bool = False) -> list[workload_pb2.Wanted]:
    """What each word stands for: an offer, or the need with that type; without words the need alone.

    With `on_demand`, a need that does not say how it is bought is bought so.

    Raises:
        click.UsageError: there are neither words nor needs, or a need beside offers that it says nothing about.
    """
    from malha.pricing_requests import wanted as subject

    types = [word for word in words if not is_offer(word)]
    if not words and need.empty:
        raise click.UsageError("say what: an OFFER, a type such as m7i.large, or options such as --vcpus 4")
    if words and not types and not need.empty:
        raise click.UsageError("options about needs say nothing about offers: give one or the other")
    if on_demand and not need.purchases and need.term is None:
        need = replace(need, purchases=("on-demand",))
    models = gpu_models(client, need)
    if not words:
        return [subject(constraints(need, models))]
    return [subject(offer_name(word) if is_offer(word) else constraints(need, models, word)) for word in words]
