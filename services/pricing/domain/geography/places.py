"""Zones: which region the code of a zone belongs to, and what kind of zone it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from services.pricing.domain.geography.regions import region
from services.pricing.domain.offers import Provider

if TYPE_CHECKING:
    from services.pricing.domain.geography.regions import Region


class ZoneKind(StrEnum):
    """What a code behind a region's code stands for."""

    NONE = ""
    """It is the region itself."""
    AVAILABILITY = "availability"
    """One of the region's own zones: `us-east-1a`, `us-central1-b`."""
    LOCAL = "local"
    """An AWS Local Zone, in another city than its parent region and with prices of its own: `us-west-2-lax-1`."""
    WAVELENGTH = "wavelength"
    """An AWS Wavelength Zone, in a telephone company's network: `us-east-1-wl1-bos-wlz-1`."""


@dataclass(frozen=True, slots=True)
class Place:
    """A code of a provider's, taken apart."""

    region: Region
    """The region, or the parent of the zone."""
    zone: str
    """The code as it was given where it is a zone's, else empty."""
    kind: ZoneKind


_AWS: Final = re.compile(r"(?P<region>[a-z]{2,4}(?:-[a-z]+)+-\d+)(?P<zone>.*)", re.ASCII)
_GCP: Final = re.compile(r"(?P<region>[a-z]+-[a-z]+\d+)(?P<zone>.*)", re.ASCII)
_AZURE: Final = re.compile(r"(?P<region>[a-z]+?\d?)(?P<zone>(?:-\d)?)", re.ASCII)
_PATTERNS: Final = {Provider.AWS: _AWS, Provider.GCP: _GCP, Provider.AZURE: _AZURE}
_ZONES: Final = {
    Provider.AWS: (
        (re.compile(r"[a-z]", re.ASCII), ZoneKind.AVAILABILITY),
        (re.compile(r"-wl\d(?:-[a-z0-9]+)*", re.ASCII), ZoneKind.WAVELENGTH),
        (re.compile(r"-[a-z]{3,4}-\d[a-z]?", re.ASCII), ZoneKind.LOCAL),
    ),
    Provider.GCP: ((re.compile(r"-[a-z]|-ai\d[a-z]", re.ASCII), ZoneKind.AVAILABILITY),),
    Provider.AZURE: ((re.compile(r"-\d", re.ASCII), ZoneKind.AVAILABILITY),),
}
"""What may stand behind a region's code. AWS writes Local Zones with the region, the city's airport and a number (its
price list without, its instances with the letter of the zone), Wavelength Zones with `wl1`; GCP has a letter, or `ai`
and a number before it; Azure numbers its zones."""


def place(provider: Provider, code: str) -> Place | None:
    """The region of a region's or a zone's code; None where its region is not known or the code has no known form."""
    known = region(provider, code)
    if known is not None:
        return Place(known, "", ZoneKind.NONE)
    found = _PATTERNS[provider].fullmatch(code)
    parent = None if found is None else region(provider, found["region"])
    if found is None or parent is None:
        return None
    for pattern, kind in _ZONES[provider]:
        if pattern.fullmatch(found["zone"]):
            return Place(parent, code, kind)
    return None
