"""The providers' regions and the areas that they lie in, from three tables in this folder.

`regions.csv` has a row for each region as its provider lists it: the code that interfaces use, the partition, the
country, the place that the provider names (a city where it names one, else a state or the country) and the display
name, in English and in Portuguese. `countries.csv` says which groups of countries a country belongs to, `groups.csv`
what those are called.
A region is known by its code alone: display names are shared (Azure's `West US` and AWS's `US West`) and they change.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from services.pricing.domain.offers import Provider

if TYPE_CHECKING:
    from collections.abc import Mapping


class Partition(StrEnum):
    """Whose accounts can use a region."""

    COMMERCIAL = "commercial"
    """Everyone's."""
    GOVERNMENT = "government"
    """Accounts of the United States' authorities and of those who work for them."""
    CHINA = "china"
    """Accounts with the provider's partner in mainland China; prices are in yuan."""
    SOVEREIGN = "sovereign"
    """Accounts of a cloud that is operated apart, in the European Union."""


@dataclass(frozen=True, slots=True)
class Region:
    """A region of one provider."""

    provider: Provider
    code: str
    """As the provider's interfaces spell it: `us-east-1`, `eastus`, `us-central1`."""
    name: str
    """The display name in English. For people and questions, never a key."""
    name_pt: str
    """The display name in Portuguese."""
    city: str
    """The city, or the state or country where the provider names no city."""
    city_pt: str
    country: str
    """ISO 3166-1 alpha-2."""
    areas: frozenset[str]
    """Keys of `AREAS`: the country and every group of countries it belongs to."""
    partition: Partition


@dataclass(frozen=True, slots=True)
class Area:
    """A country, or a group of countries, with at least one region."""

    code: str
    """`brazil`, `south-america`, `eu`, ..."""
    name: str
    name_pt: str
    country: str
    """ISO 3166-1 alpha-2; empty for a group of countries."""


def _rows(table: str) -> list[dict[str, str]]:
    with Path(__file__).with_name(table).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _areas() -> Mapping[str, Area]:
    groups = [Area(row["area"], row["name"], row["name_pt"], "") for row in _rows("groups.csv")]
    countries = [Area(row["area"], row["name"], row["name_pt"], row["country"]) for row in _rows("countries.csv")]
    return MappingProxyType({area.code: area for area in (*groups, *countries)})


def _regions() -> Mapping[tuple[Provider, str], Region]:
    areas = {row["country"]: frozenset((row["area"], *row["groups"].split())) for row in _rows("countries.csv")}
    found = (
        Region(
            provider=Provider(row["provider"]),
            code=row["code"],
            name=row["name"],
            name_pt=row["name_pt"],
            city=row["city"],
            city_pt=row["city_pt"],
            country=row["country"],
            areas=areas[row["country"]],
            partition=Partition(row["partition"]),
        )
        for row in _rows("regions.csv")
    )
    return MappingProxyType({(each.provider, each.code): each for each in found})


AREAS: Final[Mapping[str, Area]] = _areas()
"""Every area by its code."""
_REGIONS: Final = _regions()


def _by_area() -> Mapping[tuple[str, Partition], tuple[Region, ...]]:
    members: dict[tuple[str, Partition], list[Region]] = defaultdict(list)
    for each in _REGIONS.values():
        for area in each.areas:
            members[area, each.partition].append(each)
    return {key: tuple(each) for key, each in members.items()}


_BY_AREA: Final = _by_area()


def region(provider: Provider, code: str) -> Region | None:
    """The region with this code; None where the provider has no such region, or none that is known here."""
    return _REGIONS.get((provider, code))


def regions(provider: Provider | None = None) -> tuple[Region, ...]:
    """All regions of all partitions, of one provider or of all, in the table's order."""
    return tuple(each for each in _REGIONS.values() if provider is None or each.provider is provider)


def regions_of(area: str, partition: Partition = Partition.COMMERCIAL) -> tuple[Region, ...]:
    """The regions of all providers in an area; empty where `AREAS` has no such code.

    Of the commercial partition unless told otherwise: who asks for a region in the USA has no account that may use
    GovCloud unless they say so.
    """
    return _BY_AREA.get((area, partition), ())
