"""Tokens of pages are not signed: whatever one says, the answer is a page or a clean refusal."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.pricing.domain.errors import CatalogueVersionGone
from services.pricing.domain.index import CatalogueIndex, Holder
from services.pricing.rpc.prices import _before
from services.pricing.usecases.list_places import ListPlaces
from services.pricing.usecases.search_offers import SearchOffers
from services.runtime.exceptions import PageTokenInvalid
from services.runtime.listing import digest_query, encode_token
from tests.support.pricing import synthetic_offers, synthetic_version

OFFERS = synthetic_offers(40)
HOLDER = Holder(CatalogueIndex.build(synthetic_version(7, 40), OFFERS))
SEARCH = SearchOffers(HOLDER)
DIGEST = digest_query("SearchOffers", "", "")
_VALUES = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=5)
_PAYLOADS = st.lists(_VALUES | st.lists(_VALUES, max_size=2), max_size=3)


def _search(token: str) -> Any:
    return SEARCH(page_token=token)


def _refused_or_a_page(ask: Callable[[str], Any], token: str) -> None:
    try:
        page = ask(token)
    except (PageTokenInvalid, CatalogueVersionGone):
        return
    assert page.index.version.number == 7
    assert len(page.found.rows) <= 20


@given(_PAYLOADS)
def test_what_is_in_a_token_may_come_from_anybody(payload: list[Any]) -> None:
    _refused_or_a_page(_search, encode_token(payload, DIGEST))


@given(st.integers(0, 12), st.integers(-3, 60))
def test_a_token_of_another_version_or_behind_the_end_is_refused(number: int, after: int) -> None:
    token = encode_token([number, after], DIGEST)
    if number == 7 and 0 <= after < 40:
        assert _search(token).found.total == 40
    else:
        with pytest.raises(CatalogueVersionGone if number != 7 else PageTokenInvalid):
            _search(token)


@given(st.text(max_size=40) | st.binary(max_size=40).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_what_is_no_token_is_refused(text: str) -> None:
    if text:
        with pytest.raises(PageTokenInvalid):
            _search(text)


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_token_that_was_cut_is_refused(cut: int) -> None:
    token = SEARCH(page_size=5).next_page_token
    with pytest.raises(PageTokenInvalid):
        _search(token[:-cut])


@pytest.mark.parametrize("query", [("vcpus > 1", ""), ("", "vcpus"), ("vcpus > 1 ", "vcpus desc")])
def test_a_token_belongs_to_its_query(query: tuple[str, str]) -> None:
    token = SEARCH(page_size=5).next_page_token
    with pytest.raises(PageTokenInvalid):
        SEARCH(*query, page_token=token)
    of_another_list = encode_token([7, 1], digest_query("ListRegions", "", ""))
    with pytest.raises(PageTokenInvalid):
        _search(of_another_list)


def test_a_search_goes_on_in_the_version_that_it_began_with() -> None:
    holder = Holder(CatalogueIndex.build(synthetic_version(1, 40), OFFERS))
    search = SearchOffers(holder)
    first = search(page_size=15)
    holder.replace(CatalogueIndex.build(synthetic_version(2, 10), OFFERS[:10]))
    second = search(page_size=50, page_token=first.next_page_token)
    assert second.index.version.number == 1
    assert len(first.found.rows) + len(second.found.rows) == 40
    assert search().index.version.number == 2
    holder.replace(CatalogueIndex.build(synthetic_version(3, 10), OFFERS[:10]))
    with pytest.raises(CatalogueVersionGone) as caught:
        search(page_token=first.next_page_token)
    assert caught.value.number == 1


@given(_PAYLOADS)
def test_tokens_of_regions_may_come_from_anybody(payload: list[Any]) -> None:
    ask = partial(ListPlaces(HOLDER).regions, None, 5)
    try:
        page = ask(encode_token(payload, digest_query("ListRegions", "-")))
    except PageTokenInvalid:
        return
    assert len(page.regions) <= 5


@given(_PAYLOADS)
def test_tokens_of_history_fit_into_the_database(payload: list[Any]) -> None:
    digest = digest_query("ListPriceHistory", "x")
    try:
        before = _before(encode_token(payload, digest), digest)
    except PageTokenInvalid:
        return
    assert 0 < before < 2**63
