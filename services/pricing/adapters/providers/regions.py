"""Which regions and zones are known: those of the geography, by the providers' own codes."""

from __future__ import annotations

from functools import lru_cache

from services.pricing.domain.geography import ZoneKind, place
from services.pricing.domain.offers import Provider


@lru_cache(maxsize=4_096)
def locate(provider: Provider, code: str) -> tuple[str, str] | None:
    """The region of a code, and the zone if it is a zone's; None where it is not known. Display names are no codes."""
    found = place(provider, code)
    return None if found is None else (found.region.code, found.zone)


def is_region(provider: Provider, code: str) -> bool:
    """Whether this is the code of a region, and not of a zone."""
    found = place(provider, code)
    return found is not None and found.kind is ZoneKind.NONE
