"""The prices that the library brings along, beside the library's own arithmetic."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path

import pytest
from genai_prices import Usage
from genai_prices.data import providers

from services.pricing.adapters.token_prices import bundled, load_catalogue, token_prices
from services.pricing.domain.money import Money
from services.pricing.domain.token_catalogue import MAX_RESULTS, TokenModelNotFound
from services.pricing.domain.token_prices import TokenKind, TokenPrice, TokenUse, cost

MOMENTS = (
    datetime(2026, 9, 1, 2, tzinfo=UTC),
    datetime(2026, 11, 21, 12, tzinfo=UTC),
    datetime(2027, 2, 1, tzinfo=UTC),
)
USES = (TokenUse(900, 300), TokenUse(180_000, 2_000, 30_000), TokenUse(100_000, 1_000, 50_000, 120_000, 5_000))
_OWN_UNITS = {"web_searches_kcount", "storage_searches_kcount"}
ROUNDING = 5
"""Billionths of a dollar: each rate is rounded once, by half a billionth for a million tokens, and the sum once."""


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("moment", MOMENTS)
def test_costs_equal_those_of_the_library(moment: datetime, use: TokenUse) -> None:
    """The library is the oracle, for every model whose tokens it charges by nothing but the kinds we know."""
    compared = 0
    theirs = {(provider.id, model.id): (provider, model) for provider in providers for model in provider.models}
    for price in load_catalogue().at(moment):
        if not _is_comparable(price, use):
            continue
        provider, model = theirs[price.provider, price.model]
        calculated = model.calc_price(
            Usage(
                input_tokens=use.all_input,
                cache_read_tokens=use.cached_input,
                cache_write_tokens=use.cache_write + use.cache_write_hour,
                cache_write_1h_tokens=use.cache_write_hour,
                output_tokens=use.output,
            ),
            provider,
            genai_request_timestamp=moment,
            price_context=dict(price.option) or None,
        )
        expected = Money.of(calculated.total_price).nanos
        assert abs(cost(price, use).nanos - expected) <= ROUNDING, (price.provider, price.model, price.option)
        compared += 1
    assert compared >= 75


def _is_comparable(price: TokenPrice, use: TokenUse) -> bool:
    used = {kind for kind in TokenKind if getattr(use, kind.value)}
    return used <= price.rates.by_kind().keys() and not set(price.rates.further_units) - _OWN_UNITS


def test_a_known_price_is_told_with_source_and_date() -> None:
    """Claude Opus 4.6 costs 5 and 25 dollars for a million tokens since 2026-03-13, in a batch half of it."""
    found = load_catalogue().find("Anthropic", "CLAUDE-OPUS-4-6")
    price = found.at(MOMENTS[1])
    assert price.rates.input is not None
    assert price.rates.input.base == Money.of("5")
    assert price.effective_from == date(2026, 3, 13)
    assert price.source.locator == f"genai-prices {version('genai-prices')}"
    assert price.source.pages
    batch = found.at(MOMENTS[1], (("processing", "batch"),))
    assert cost(batch, TokenUse(1_000_000, 1_000_000)) == Money.of("15")


def test_every_price_names_a_source_and_no_unknown_price_is_zero() -> None:
    prices = token_prices()
    assert len(prices) >= 2_000
    for price in prices:
        assert price.source.locator
        assert price.source.observed_at.tzinfo is UTC
        assert all(rate.base.nanos > 0 for rate in price.rates.by_kind().values()), (price.provider, price.model)
        assert price.context_window is None or price.context_window > 0


def test_a_model_without_any_price_is_left_out() -> None:
    with pytest.raises(TokenModelNotFound):
        load_catalogue().find("azure", "mai-ds-r1:free")


def test_the_date_of_the_data_is_that_of_the_locked_release() -> None:
    lock = tomllib.loads((Path(__file__).parents[4] / "uv.lock").read_text())
    locked = next(package for package in lock["package"] if package["name"] == "genai-prices")
    uploaded = datetime.fromisoformat(locked["wheels"][0]["upload-time"])
    assert bundled._PUBLISHED[locked["version"]] == uploaded
    assert load_catalogue().source.observed_at == uploaded


def test_a_search_finds_the_nearest_first_and_is_bounded() -> None:
    catalogue = load_catalogue()
    assert catalogue.search("gpt-4o", provider="openai", limit=3)[0].id == "gpt-4o"
    assert {model.provider for model in catalogue.search("claude opus", provider="anthropic")} == {"anthropic"}
    assert len(catalogue.search("", limit=10_000)) == MAX_RESULTS
    assert catalogue.search("no such model at all") == []
    assert catalogue.search("a", limit=-1) == []


def test_providers_are_counted() -> None:
    catalogue = load_catalogue()
    assert sum(provider.models for provider in catalogue.providers()) == len(catalogue)
    assert "OpenAI" in {provider.name for provider in catalogue.providers()}
