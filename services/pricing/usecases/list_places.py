"""List providers and regions of the newest version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.pricing.domain.geography import Region, region
from services.pricing.domain.index import Holder, ProviderListing, RegionListing
from services.pricing.domain.offers import Provider
from services.pricing.domain.versions import Version
from services.runtime.exceptions import PageTokenInvalid
from services.runtime.listing import decode_token, digest_query, encode_token

_USUAL, _LARGEST = 100, 1_000


@dataclass(frozen=True, slots=True)
class Place:
    """A region with offers; `where` is None where only its code is known."""

    listing: RegionListing
    where: Region | None


@dataclass(frozen=True, slots=True)
class PlacesFound:
    """A page of regions."""

    regions: Sequence[Place]
    next_page_token: str
    version: Version


@dataclass(frozen=True, slots=True)
class ListPlaces:
    """Tells where there are offers."""

    holder: Holder

    def providers(self) -> tuple[Sequence[ProviderListing], Version]:
        """All providers, and the version that the counts are of. Raises NoCatalogue."""
        index = self.holder.current
        return index.providers(), index.version

    def regions(self, provider: Provider | None, page_size: int, page_token: str) -> PlacesFound:
        """Regions by provider and code, of one provider or of all. Raises PageTokenInvalid and NoCatalogue."""
        digest = digest_query("ListRegions", provider or "-")
        index = self.holder.current
        found = index.regions(provider)
        start = 0
        if page_token:
            after = decode_token(page_token, digest)
            if [type(part) for part in after] != [str, str]:
                raise PageTokenInvalid
            start = sum((listing.provider.value, listing.code) <= tuple(after) for listing in found)
        limit = min(page_size or _USUAL, _LARGEST)
        page = found[start : start + limit]
        token = ""
        if start + limit < len(found):
            token = encode_token([page[-1].provider.value, page[-1].code], digest)
        return PlacesFound([Place(each, region(each.provider, each.code)) for each in page], token, index.version)
