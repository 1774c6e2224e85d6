"""Search the offers of one version, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from services.pricing.domain.errors import CatalogueVersionGone
from services.pricing.domain.index import DEFAULT_ORDER, FIELDS, ORDERABLE, CatalogueIndex, Found, Holder
from services.runtime.exceptions import PageTokenInvalid
from services.runtime.listing import (
    Expression,
    OrderTerm,
    decode_token,
    digest_query,
    encode_token,
    parse_filter,
    parse_order_by,
)

METHOD: Final = "SearchOffers"
_USUAL, _LARGEST = 20, 500


@dataclass(frozen=True, slots=True)
class OffersFound:
    """A page of offers, as rows of the version that they are of."""

    index: CatalogueIndex
    found: Found
    next_page_token: str


@dataclass(frozen=True, slots=True)
class SearchOffers:
    """Finds offers in memory. All pages are of the version that the first was of."""

    holder: Holder

    def __call__(
        self, filter_text: str = "", order_by: str = "", page_size: int = 0, page_token: str = ""
    ) -> OffersFound:
        """The page that is asked for.

        Raises:
            FilterInvalid, OrderByInvalid, PageTokenInvalid: that part of the request cannot be read.
            CatalogueVersionGone: the version that the token belongs to is no longer held.
            NoCatalogue: none has been loaded yet.
        """
        query = _read(filter_text, order_by)
        index, after = self._at(page_token, query.digest)
        limit = min(page_size or _USUAL, _LARGEST)
        found = index.search(query.filter, query.order, limit, after)
        token = ""
        if found.next_after is not None:
            token = encode_token([index.version.number, found.next_after], query.digest)
        return OffersFound(index, found, token)

    def _at(self, token: str, digest: bytes) -> tuple[CatalogueIndex, int | None]:
        if not token:
            return self.holder.current, None
        # A token is not signed: what is in it may come from anybody.
        payload = decode_token(token, digest)
        if [type(value) for value in payload] != [int, int]:
            raise PageTokenInvalid
        number, after = payload
        index = self.holder.at(number)
        if index is None:
            raise CatalogueVersionGone(number)
        if not 0 <= after < len(index):
            raise PageTokenInvalid
        return index, after


@dataclass(frozen=True, slots=True)
class _Query:
    filter: Expression
    order: tuple[OrderTerm, ...]
    digest: bytes


@lru_cache(maxsize=1024)
def _read(filter_text: str, order_by: str) -> _Query:
    return _Query(
        parse_filter(filter_text, FIELDS),
        parse_order_by(order_by, ORDERABLE) or DEFAULT_ORDER,
        digest_query(METHOD, filter_text, order_by),
    )
