"""What a question for a comparison sets side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from services.pricing.domain.advice.types.comparison import Split
from services.pricing.domain.constraints import Constraints, GpuNeed

if TYPE_CHECKING:
    from services.pricing.domain.index import CatalogueIndex
    from services.pricing.domain.offers import Instance

Sides = tuple[tuple[Constraints, ...], tuple[Split, ...]]


def sides_of(wanted: Constraints, index: CatalogueIndex) -> Sides:
    """The subjects of a comparison, and of what each stands for its cheapest offers.

    Each thing that is named stands for itself. With one type that has nothing beside it, what gives as much is its
    other side: the cheapest of each provider.
    """
    if len(wanted.instance_types) > 1:
        return tuple(replace(wanted, instance_types=(each,)) for each in wanted.instance_types), ()
    if wanted.gpu is not None and len(wanted.gpu.models) > 1 and not wanted.instance_types:
        needs = (replace(wanted.gpu, models=(model,)) for model in wanted.gpu.models)
        return tuple(replace(wanted, gpu=need) for need in needs), ()
    if len(wanted.purchases) > 1:
        return (wanted,), (Split.PURCHASE,)
    if _of_several_regions(wanted, index):
        return (wanted,), (Split.REGION,)
    if wanted.instance_types and (alike := _alike(wanted, index)) is not None:
        return (wanted, alike), (Split.PROVIDER,)
    return (wanted,), (Split.PROVIDER,)


def _of_several_regions(wanted: Constraints, index: CatalogueIndex) -> bool:
    if len(wanted.regions) > 1 or len(wanted.areas) > 1:
        return True
    if wanted.areas and wanted.instance_types:
        return len({index.key(int(row)).region for row in index.select(wanted)}) > 1
    return len(wanted.providers) == 1 and not wanted.regions and not wanted.instance_types


def _alike(wanted: Constraints, index: CatalogueIndex) -> Constraints | None:
    """The conditions of what gives as much as the one type that is named; what the question says holds instead."""
    rows = index.select(wanted)
    if not len(rows):
        return None
    instance = index.offer(int(rows[0])).instance
    return replace(
        wanted,
        instance_types=(),
        millicpus_at_least=wanted.millicpus_at_least or instance.millicpus,
        memory_mib_at_least=wanted.memory_mib_at_least or instance.memory_mib,
        gpu=wanted.gpu or _as_many(instance),
    )


def _as_many(instance: Instance) -> GpuNeed | None:
    gpu = instance.gpu
    return None if gpu is None else GpuNeed(count_at_least=gpu.count, memory_mib_at_least=gpu.memory_mib)
