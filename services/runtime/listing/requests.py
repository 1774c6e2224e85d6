"""Between a list request and its answer: the page that is asked for, and the page of what a store found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from services.runtime.exceptions import PageTokenInvalid
from services.runtime.listing.page import Listing, Page

Entry = TypeVar("Entry")


def read(listing: Listing, request: Any, *parents: str, ids: Callable[[str], Any] = UUID) -> Page:
    """The page that a list request asks for; `ids` makes the id of the last entry from its text.

    Raises:
        FilterInvalid, OrderByInvalid, PageTokenInvalid: that part of the request cannot be read.
    """
    page = listing.page(request.filter, request.order_by, request.page_token, request.page_size, *parents)
    return with_id(page, ids)


def with_id(page: Page, ids: Callable[[str], Any] = UUID) -> Page:
    """The page, with the id of the entry before it made from its text.

    Raises:
        PageTokenInvalid: that text is no id.
    """
    if page.after is None:
        return page
    try:
        after = (*page.after[:-1], ids(page.after[-1]))
    except ValueError:
        raise PageTokenInvalid from None
    return Page(page.filter, page.order, page.limit, after, page.digest)


def cut(
    found: Sequence[Entry], page: Page, values: Callable[[Entry, str], Any], id_of: Callable[[Entry], Any]
) -> tuple[Sequence[Entry], str]:
    """The entries of the page, and the token of the next one, empty when there is none.

    `found` has the entries of the page and one more if there is one; `values` gives what an entry is ordered by.
    """
    if len(found) <= page.limit:
        return found, ""
    last = found[page.limit - 1]
    return found[: page.limit], page.next_token([*(values(last, term.field) for term in page.order), str(id_of(last))])
