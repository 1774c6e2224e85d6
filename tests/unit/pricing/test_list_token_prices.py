"""Prices of tokens, a page at a time."""

from __future__ import annotations

import pytest

from services.pricing.adapters.token_prices import load_catalogue
from services.pricing.domain.token_catalogue import TokenCatalogue
from services.pricing.usecases.list_token_prices import ListTokenPrices
from services.runtime.exceptions import PageTokenInvalid
from services.runtime.listing import digest_query, encode_token
from tests.support.clock import FakeClock


async def test_pages_follow_one_another_without_a_gap() -> None:
    list_prices = ListTokenPrices(load_catalogue, FakeClock())
    whole, token = await list_prices("anthropic claude", 500, "")
    assert token == ""
    assert len(whole) > 6
    found, token = await list_prices("anthropic claude", 4, "")
    while token:
        page, token = await list_prices("anthropic claude", 4, token)
        found = [*found, *page]
    assert found == whole


@pytest.mark.parametrize(
    "token", ["abc", encode_token(["anthropic"], digest_query("ListTokenPrices")), encode_token(["a", "b"], b"another")]
)
async def test_a_token_of_something_else_is_refused_before_anything_is_read(token: str) -> None:
    def load() -> TokenCatalogue:
        raise AssertionError("read")

    with pytest.raises(PageTokenInvalid):
        await ListTokenPrices(load, FakeClock())("", 4, token)
