"""The names that questions are read against: those of the catalogue, and the world's regions."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from services.pricing.domain import geography
from services.pricing.domain.offers import Provider

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.pricing.domain.offers import Instance


@dataclass(frozen=True, slots=True)
class InstanceName:
    """An instance type."""

    provider: Provider
    type: str
    family: str


@dataclass(frozen=True, slots=True)
class GpuName:
    """A GPU model, with the sizes of memory that it comes with."""

    model: str
    memory_mib: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RegionName:
    """A region of a provider."""

    provider: Provider
    code: str
    names: tuple[str, ...] = ()
    """What people call it, in both languages; several regions may share a name."""


@dataclass(frozen=True, slots=True)
class AreaName:
    """A country or a group of countries."""

    code: str
    names: tuple[str, ...]
    regions: tuple[tuple[Provider, str], ...] = ()
    """The regions in it."""


class HasInstances(Protocol):
    """Such as a CatalogueIndex."""

    def instances(self) -> Iterable[Instance]:
        """The instance types, each once."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All names, immutable."""

    instances: tuple[InstanceName, ...] = ()
    gpus: tuple[GpuName, ...] = ()
    regions: tuple[RegionName, ...] = ()
    areas: tuple[AreaName, ...] = ()

    @classmethod
    def of(cls, index: HasInstances) -> Vocabulary:
        """The names of a version of the catalogue, with all regions and areas of the geography."""
        instances: dict[tuple[Provider, str], InstanceName] = {}
        memory: dict[str, set[int]] = defaultdict(set)
        for each in index.instances():
            instances.setdefault((each.provider, each.type), InstanceName(each.provider, each.type, each.family))
            if each.gpu is not None:
                memory[each.gpu.model].update(filter(None, (each.gpu.memory_mib,)))
        gpus = tuple(GpuName(model, tuple(sorted(sizes))) for model, sizes in sorted(memory.items()))
        return cls(tuple(instances.values()), gpus, regions(), areas())


def regions() -> tuple[RegionName, ...]:
    """The regions that are known. Those that only some accounts can use have no name that others have."""
    named = []
    for each in geography.regions():
        names: tuple[str, ...] = (each.name, each.name_pt)
        if each.partition is geography.Partition.COMMERCIAL:
            names += (each.city, each.city_pt)
        named.append(RegionName(each.provider, each.code, tuple(dict.fromkeys(names))))
    return tuple(named)


def areas() -> tuple[AreaName, ...]:
    """The areas that are known, with their regions."""
    return tuple(
        AreaName(
            area.code,
            (area.name, area.name_pt, area.code),
            tuple((each.provider, each.code) for each in geography.regions_of(area.code)),
        )
        for area in geography.AREAS.values()
    )
