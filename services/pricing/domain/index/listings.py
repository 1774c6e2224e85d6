"""What a version has: its providers, regions, instance types and GPU models."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from services.pricing.domain.index.rows import Rows, moment
from services.pricing.domain.offers import Instance, Provider, Purchase

if TYPE_CHECKING:
    from services.pricing.domain.index.columns import Column


@dataclass(frozen=True, slots=True)
class RegionListing:
    """A provider's region with offers."""

    provider: Provider
    code: str
    offers: int
    instance_types: int


@dataclass(frozen=True, slots=True)
class ProviderListing:
    """What there is of a provider."""

    provider: Provider
    offers: int
    regions: int
    instance_types: int
    gpu_models: tuple[str, ...]
    purchases: tuple[Purchase, ...]
    """Those that occur, in the order of Purchase."""
    newest_observed_at: datetime


@dataclass(frozen=True, slots=True)
class GpuListing:
    """A GPU model that instance types have."""

    model: str
    memory_mib: tuple[int, ...]
    """The sizes of memory that it comes with, ascending; empty where not known."""
    counts: tuple[Decimal, ...]
    """How many an instance has, ascending."""
    providers: tuple[Provider, ...]
    offers: int


class Listings:
    """Counts over the rows of one version, made when they are first asked for."""

    def __init__(self, rows: Rows, columns: Mapping[str, Column]) -> None:
        self._rows = rows
        self._columns = columns

    def providers(self) -> tuple[ProviderListing, ...]:
        """The providers with offers."""
        return self._providers

    def regions(self, provider: Provider | None = None) -> tuple[RegionListing, ...]:
        """The regions with offers, by provider and code: of one provider, or of all."""
        return tuple(region for region in self._regions if provider in (None, region.provider))

    def instances(self) -> tuple[Instance, ...]:
        """The instances of all offers, each once, by provider and type."""
        return tuple(self._rows.instance.values)

    def gpus(self) -> tuple[GpuListing, ...]:
        """The GPU models, by name."""
        return self._gpus

    @cached_property
    def _regions(self) -> tuple[RegionListing, ...]:
        key = self._rows.key
        provider, region = key["provider"], key["region"]
        listed = []
        for number, seller in enumerate(provider.values):
            rows = np.flatnonzero(provider.codes == number)
            for code in np.unique(region.codes[rows]):
                here = rows[region.codes[rows] == code]
                types = len(np.unique(key["instance_type"].codes[here]))
                listed.append(RegionListing(seller, region.values[code], len(here), types))
        return tuple(listed)

    @cached_property
    def _providers(self) -> tuple[ProviderListing, ...]:
        key, observed = self._rows.key, self._rows.observed
        listed = []
        for number, seller in enumerate(key["provider"].values):
            rows = np.flatnonzero(key["provider"].codes == number)
            purchases = np.unique(key["purchase"].codes[rows])
            listed.append(
                ProviderListing(
                    provider=seller,
                    offers=len(rows),
                    regions=len(np.unique(key["region"].codes[rows])),
                    instance_types=len(np.unique(key["instance_type"].codes[rows])),
                    gpu_models=tuple(gpu.model for gpu in self._gpus if seller in gpu.providers),
                    purchases=tuple(key["purchase"].values[code] for code in purchases),
                    newest_observed_at=moment(observed.values[int(observed.codes[rows].max())]),
                )
            )
        return tuple(listed)

    @cached_property
    def _gpus(self) -> tuple[GpuListing, ...]:
        offers = np.bincount(self._rows.instance.codes, minlength=len(self._rows.instance.values)).tolist()
        by_model = defaultdict(list)
        for instance, count in zip(self.instances(), offers, strict=True):
            if instance.gpu is not None:
                by_model[instance.gpu.model].append((instance, instance.gpu, count))
        return tuple(
            GpuListing(
                model=model,
                memory_mib=tuple(sorted({gpu.memory_mib for _, gpu, _ in found if gpu.memory_mib is not None})),
                counts=tuple(sorted({gpu.count for _, gpu, _ in found})),
                providers=tuple(sorted({instance.provider for instance, _, _ in found}, key=list(Provider).index)),
                offers=sum(count for _, _, count in found),
            )
            for model, found in sorted(by_model.items())
        )
