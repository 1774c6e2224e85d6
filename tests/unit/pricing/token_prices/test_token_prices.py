"""Prices of tokens in our own words: tiers, days, hours, options, and what a use costs."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.pricing.domain.money import Money
from services.pricing.domain.token_prices import (
    Daily,
    Option,
    Period,
    Rate,
    Rates,
    Tier,
    TokenModel,
    TokenPrice,
    TokenPriceUnknown,
    TokenSource,
    TokenUse,
    cost,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SOURCE = TokenSource("a list 1.0", ("https://example.com/prices",), datetime(2026, 11, 1, tzinfo=UTC))
BATCH = (("processing", "batch"),)


def rate(base: str, **above: str) -> Rate:
    return Rate(Money.of(base), tuple(Tier(int(start[1:]), Money.of(price)) for start, price in above.items()))


def model(*periods: Period, options: tuple[Option, ...] = ()) -> TokenModel:
    return TokenModel("acme", "Acme", "m-1", "Model 1", 200_000, False, periods, options, SOURCE)


def price(rates: Rates) -> TokenPrice:
    return model(Period(rates)).at(NOON)


def test_a_use_costs_its_tokens_by_kind() -> None:
    """3 + 0.30 + 3.75 + 6 + 15 dollars for a million of each kind."""
    rates = Rates(rate("3"), rate("15"), rate("0.3"), rate("3.75"), rate("6"))
    use = TokenUse(1_000_000, 1_000_000, 1_000_000, 1_000_000, 1_000_000)
    assert cost(price(rates), use) == Money.of("28.05")


def test_the_tier_is_that_of_all_tokens_of_a_request_and_begins_above_its_threshold() -> None:
    rates = Rates(input=rate("3", _200000="6"), output=rate("15", _200000="22.5"), cached_input=rate("0.3"))
    assert cost(price(rates), TokenUse(input=200_000)) == Money.of("0.6")
    assert cost(price(rates), TokenUse(input=200_001)) == Money.of("1.200006")
    assert cost(price(rates), TokenUse(input=100_000, cached_input=100_001, output=1_000)) == Money.of("0.6525003")


def test_many_requests_are_not_one_large_request() -> None:
    rates = Rates(input=rate("3", _200000="6"))
    assert cost(price(rates), TokenUse(input=150_000), requests=2) == Money.of("0.9")


def test_a_fee_for_requests_is_part_of_the_cost() -> None:
    rates = Rates(input=rate("1"), thousand_requests=Money.of("5"))
    assert cost(price(rates), TokenUse(input=1_000), requests=200) == Money.of("1.2")


def test_what_has_no_known_price_has_no_cost() -> None:
    with pytest.raises(TokenPriceUnknown) as caught:
        cost(price(Rates(input=rate("1"))), TokenUse(input=1, output=1, cached_input=1))
    assert caught.value.kinds == ("output", "cached_input")
    assert cost(price(Rates(input=rate("1"))), TokenUse(input=1_000_000)) == Money.of("1")


def test_a_count_is_not_negative() -> None:
    with pytest.raises(ValueError, match="negative"):
        TokenUse(input=-1)


def test_the_last_period_that_holds_counts_and_the_next_one_is_told() -> None:
    old, new = Rates(input=rate("2")), Rates(input=rate("1"))
    told = model(Period(old), Period(new, since=date(2026, 11, 22)))
    before, after = told.at(datetime(2026, 11, 21, 23, 59, tzinfo=UTC)), told.at(datetime(2026, 11, 22, tzinfo=UTC))
    assert (before.rates, before.effective_from, before.effective_until) == (old, None, date(2026, 11, 22))
    assert (after.rates, after.effective_from, after.effective_until) == (new, date(2026, 11, 22), None)


@pytest.mark.parametrize(("hour", "cheap"), [(0, True), (16, False), (17, True), (23, True), (1, False)])
def test_hours_may_pass_midnight(hour: int, cheap: bool) -> None:
    day, night = Rates(input=rate("2")), Rates(input=rate("1"))
    told = model(Period(day), Period(night, daily=Daily(time(16, 30), time(0, 30))))
    found = told.at(datetime(2026, 11, 21, hour, tzinfo=UTC))
    assert found.rates == (night if cheap else day)
    assert (found.daily is not None) is cheap


def test_an_option_stands_in_for_the_rates_it_names() -> None:
    standard = Rates(input=rate("2"), output=rate("8"), cached_input=rate("0.2"))
    batch = Option(BATCH, Period(Rates(input=rate("1"), output=rate("4")), since=date(2026, 10, 14)))
    told = model(Period(standard), options=(batch,))
    found = told.at(NOON, BATCH)
    assert found.option == BATCH
    assert found.rates == Rates(input=rate("1"), output=rate("4"), cached_input=rate("0.2"))
    assert found.effective_from == date(2026, 10, 14)
    assert told.at(datetime(2026, 10, 13, tzinfo=UTC), BATCH).option == ()
    assert [each.option for each in told.all_at(NOON)] == [(), BATCH]


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(1, 50))
def test_a_cost_never_falls_with_more_tokens(tokens: int, more: int, requests: int) -> None:
    rates = Rates(input=rate("3", _200000="6", _400000="9.123456789"))
    smaller = cost(price(rates), TokenUse(input=tokens), requests)
    assert smaller <= cost(price(rates), TokenUse(input=tokens + more), requests)
