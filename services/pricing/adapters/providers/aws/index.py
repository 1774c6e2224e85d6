"""The region indexes of Amazon's price lists: which file has which region."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import urljoin

import msgspec

from services.pricing.domain.readings import SourceFailed, SourceFailure

OFFERS = "/offers/v1.0/aws/AmazonEC2/current/region_index.json"
PLANS = "/savingsPlan/v1.0/aws/AWSComputeSavingsPlan/current/region_index.json"
_T = TypeVar("_T")
_JSON, _CSV = "/index.json", "/index.csv"


class _Region(msgspec.Struct, rename="camel"):
    region_code: str
    current_version_url: str


class _Offers(msgspec.Struct):
    regions: dict[str, _Region]


class _Plan(msgspec.Struct, rename="camel"):
    region_code: str
    version_url: str


class _Plans(msgspec.Struct):
    regions: list[_Plan]


def read_offers(data: bytes, url: str) -> Mapping[str, str]:
    """The URL of each region's EC2 file. Raises SourceFailed."""
    index = _decode(data, url, _Offers)
    return {region.region_code: _csv(url, region.current_version_url) for region in index.regions.values()}


def read_plans(data: bytes, url: str) -> Mapping[str, str]:
    """The URL of each region's file of savings plans. Raises SourceFailed."""
    return {plan.region_code: _csv(url, plan.version_url) for plan in _decode(data, url, _Plans).regions}


def _decode(data: bytes, url: str, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.DecodeError as error:
        raise SourceFailed(url, SourceFailure.INVALID, f"no region index: {error}") from error


def _csv(url: str, path: str) -> str:
    """The indexes name the JSON files; each has a CSV beside it (docs/adr/0025)."""
    if not path.endswith(_JSON):
        raise SourceFailed(url, SourceFailure.INVALID, f"the index names {path[:200]!r}")
    return urljoin(url, path.removesuffix(_JSON) + _CSV)
