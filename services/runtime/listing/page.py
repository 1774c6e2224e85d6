"""What the list rpcs share: reading filter, order and page token, and making the next token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.runtime.exceptions import PageTokenInvalid
from services.runtime.listing.ast import Expression
from services.runtime.listing.fields import FieldType
from services.runtime.listing.order import OrderTerm, parse_order_by
from services.runtime.listing.parser import parse_filter
from services.runtime.listing.token import decode_token, digest_query, encode_token


@dataclass(frozen=True)
class Listing:
    """What one list method allows: its fields, those that can order with their Python types, its order by default and
    its page sizes. `id_type` is the type of what tells two equal entries apart."""

    method: str
    fields: Mapping[str, FieldType]
    order_types: Mapping[str, type]
    default_order: tuple[OrderTerm, ...]
    id_type: type = str
    default_page: int = 50
    largest_page: int = 1_000

    def page(self, filter_text: str, order_by: str, page_token: str, page_size: int, *parents: str) -> Page:
        """The page asked for. `parents` say of whose entries: a token is good for the same ones only.

        Raises:
            FilterInvalid, OrderByInvalid, PageTokenInvalid: that part of the request cannot be read.
        """
        order = parse_order_by(order_by, self.order_types) or self.default_order
        digest = digest_query(self.method, *parents, filter_text, order_by)
        after = self._after(page_token, digest, order) if page_token else None
        limit = min(page_size or self.default_page, self.largest_page)
        return Page(parse_filter(filter_text, self.fields), order, limit, after, digest)

    def _after(self, token: str, digest: bytes, order: Sequence[OrderTerm]) -> tuple[Any, ...]:
        after = tuple(decode_token(token, digest))
        # A token is not signed: what is in it may come from anybody.
        types = (*(self.order_types[term.field] for term in order), self.id_type)
        if [type(value) for value in after] != list(types):
            raise PageTokenInvalid
        return after


@dataclass(frozen=True)
class Page:
    """One page of a list, as asked for. `after` has the ordering values of the entry before it, then its id."""

    filter: Expression
    order: tuple[OrderTerm, ...]
    limit: int
    after: tuple[Any, ...] | None
    digest: bytes

    def next_token(self, last: Sequence[Any]) -> str:
        """The token of the page after the entry whose ordering values and id are `last`."""
        return encode_token(list(last), self.digest)
