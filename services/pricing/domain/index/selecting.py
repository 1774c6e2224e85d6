"""Constraints as truth values of rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from services.pricing.domain.index.columns import Column, Mask
from services.pricing.domain.index.rows import KEY_PARTS
from services.pricing.domain.money import NANOS
from services.pricing.domain.offers import INTERRUPTIBLE

if TYPE_CHECKING:
    from services.pricing.domain.constraints import Constraints, GpuNeed
    from services.pricing.domain.index.figures import Figures
    from services.pricing.domain.index.rows import Rows

_MILLI = 1_000
_MIB_IN_A_GIB = 1_024
_NO_GPUS = (0.0,)


class Selector:
    """Finds the rows of one version that fulfil constraints. What is not known of an offer fulfils none."""

    def __init__(self, rows: Rows, figures: Figures, columns: Mapping[str, Column]) -> None:
        self._rows = rows
        self._figures = figures
        self._columns = columns

    def mask(self, constraints: Constraints) -> Mask:
        """The rows that fulfil all of them."""
        found = self._key("currency", (constraints.currency,))
        for condition in self._conditions(constraints):
            found &= condition
        return found

    def _conditions(self, wanted: Constraints) -> Iterator[Mask]:
        yield from self._chosen(wanted)
        yield from self._excluded(wanted)
        yield from self._sizes(wanted)
        if wanted.gpu is not None:
            yield from self._gpus(wanted.gpu)
        if wanted.without_gpu:
            yield self._columns["gpu_count"].any_of(_NO_GPUS)
        if wanted.interruptible is not None:
            taken_away = self._key("purchase", tuple(INTERRUPTIBLE))
            yield taken_away if wanted.interruptible else ~taken_away
        if wanted.hourly_at_most is not None:
            yield self._key("currency", (wanted.hourly_at_most.currency,))
            yield self._columns["hourly_price"].at_most(wanted.hourly_at_most.nanos / NANOS)

    def _chosen(self, wanted: Constraints) -> Iterator[Mask]:
        for part, values in {
            "provider": wanted.providers,
            "instance_type": wanted.instance_types,
            "region": wanted.regions,
            "purchase": wanted.purchases,
            "os": wanted.operating_systems,
            "tenancy": wanted.tenancies,
        }.items():
            if values:
                yield self._key(part, values)
        if wanted.families:
            yield self._columns["family"].any_of(wanted.families)
        if wanted.architectures:
            names = [architecture.name if architecture else None for architecture in wanted.architectures]
            yield _among(self._columns["architecture"], names)
        if wanted.areas:
            area = self._columns["area"]
            yield area.among([*(not set(wanted.areas).isdisjoint(areas) for areas in area.values), False])
        if wanted.term_months is not None:
            yield self._key("term_months", (wanted.term_months,))
        if wanted.payment is not None:
            yield self._key("payment", (wanted.payment,))
        if wanted.burstable is not None:
            yield self._columns["burstable"].any_of((wanted.burstable,))

    def _excluded(self, wanted: Constraints) -> Iterator[Mask]:
        for part, values in {
            "provider": wanted.without_providers,
            "purchase": wanted.without_purchases,
            "region": wanted.without_regions,
        }.items():
            if values:
                yield ~self._key(part, values)
        if wanted.without_families:
            yield ~self._columns["family"].any_of(wanted.without_families)
        if wanted.without_gpu_models:
            yield ~self._columns["gpu_model"].any_of(wanted.without_gpu_models)

    def _sizes(self, wanted: Constraints) -> Iterator[Mask]:
        vcpus, memory = self._columns["vcpus"], self._columns["memory_gib"]
        if wanted.millicpus_at_least is not None:
            yield vcpus.at_least(wanted.millicpus_at_least / _MILLI)
        if wanted.millicpus_at_most is not None:
            yield vcpus.at_most(wanted.millicpus_at_most / _MILLI)
        if wanted.memory_mib_at_least is not None:
            yield memory.at_least(wanted.memory_mib_at_least / _MIB_IN_A_GIB)
        if wanted.memory_mib_at_most is not None:
            yield memory.at_most(wanted.memory_mib_at_most / _MIB_IN_A_GIB)

    def _gpus(self, need: GpuNeed) -> Iterator[Mask]:
        count = self._columns["gpu_count"]
        yield ~count.any_of(_NO_GPUS)
        if need.models:
            yield self._columns["gpu_model"].any_of(need.models)
        if need.count_exact is not None:
            yield count.any_of((float(need.count_exact),))
        if need.count_at_least is not None:
            yield count.at_least(float(need.count_at_least))
        if need.count_at_most is not None:
            yield count.at_most(float(need.count_at_most))
        if need.memory_mib_at_least is not None:
            yield self._columns["gpu_memory_gib"].at_least(need.memory_mib_at_least / _MIB_IN_A_GIB)
        if need.total_memory_mib_at_least is not None:
            total = self._figures.gpu_total_mib
            yield (total >= 0) & (total >= need.total_memory_mib_at_least)

    def _key(self, part: str, wanted: tuple[Any, ...]) -> Mask:
        column = self._rows.key[part]
        return column.any_of(wanted) if KEY_PARTS[part] in (str, int) else _among(column, wanted)


def _among(column: Column, wanted: Any) -> Mask:
    return column.among([value in wanted for value in (*column.values, None)])
