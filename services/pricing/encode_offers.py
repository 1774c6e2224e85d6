"""A page of offers as bytes, in the contract's format.

An offer of a version is always the same message, and the same offers are asked for again and again: each is encoded
once and then only put into its place.
"""

from __future__ import annotations

from typing import Final

from malha.pricing.v1 import catalog_service_pb2

from services.pricing.convert import catalogue_to_proto, offer_to_proto
from services.pricing.domain.index import CatalogueIndex
from services.pricing.usecases.search_offers import OffersFound
from services.runtime.varint import varint

_MOST: Final = 32_768
# What stands before the length of an offer: its field's number, and that a length follows.
_TAG: Final = bytes([catalog_service_pb2.SearchOffersResponse.DESCRIPTOR.fields_by_name["offers"].number << 3 | 2])


class EncodedPage:
    """An answer that is encoded already."""

    __slots__ = ("_raw",)

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def SerializeToString(self) -> bytes:  # noqa: N802 - called like the method of a message
        """The answer's bytes."""
        return self._raw


class OfferEncoder:
    """Encodes pages; keeps the offers of one version, about half a kilobyte each and at most 32,768."""

    def __init__(self) -> None:
        self._version = 0
        self._offers: dict[int, bytes] = {}
        self._catalogue = b""

    def __call__(self, page: OffersFound) -> EncodedPage:
        """The SearchOffersResponse of a page."""
        index = page.index
        if index.version.number != self._version:
            self._begin(index)
        rest = catalog_service_pb2.SearchOffersResponse(
            next_page_token=page.next_page_token, total_size=page.found.total
        ).SerializeToString()
        offers = self._offers
        parts = [offers.get(row) or self._encode(index, row) for row in page.found.rows.tolist()]
        return EncodedPage(b"".join((*parts, rest, self._catalogue)))

    def _begin(self, index: CatalogueIndex) -> None:
        self._version, self._offers = index.version.number, {}
        self._catalogue = catalog_service_pb2.SearchOffersResponse(
            catalogue=catalogue_to_proto(index.version)
        ).SerializeToString()

    def _encode(self, index: CatalogueIndex, row: int) -> bytes:
        offer = offer_to_proto(index.offer(row), index.version.number).SerializeToString()
        encoded = _TAG + varint(len(offer)) + offer
        if len(self._offers) >= _MOST:
            self._offers.clear()
        self._offers[row] = encoded
        return encoded
