"""Reads the prices inside the `genai-prices` library into our own words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from importlib.metadata import version
from threading import Lock
from typing import TYPE_CHECKING, Final

from services.pricing.domain.money import Money
from services.pricing.domain.token_catalogue import TokenCatalogue
from services.pricing.domain.token_prices import (
    Daily,
    Option,
    Period,
    Rate,
    Rates,
    Tier,
    TokenModel,
    TokenPrice,
    TokenSource,
)

if TYPE_CHECKING:
    from genai_prices import types

_PUBLISHED: Final[Mapping[str, datetime]] = {
    # The upload times of the releases, from PyPI's index: the library itself does not say how old its data is.
    "0.2.3": datetime(2026, 11, 10, 21, 51, 41, tzinfo=UTC),
}
_RATES: Final = {
    "input_mtok": "input",
    "output_mtok": "output",
    "cache_read_mtok": "cached_input",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write_hour",
}
_REQUESTS: Final = "requests_kcount"
_LOADING: Final = Lock()


def load_catalogue() -> TokenCatalogue:
    """Every model that has a price of tokens. A model without any, be it free or unknown, is left out.

    Takes a second or more the first time; who asks meanwhile, waits for the same. Prices have up to 18 decimal places
    in the library, where they were floats before; here they are whole billionths of a dollar for a million tokens.
    """
    with _LOADING:
        return _catalogue()


@cache
def _catalogue() -> TokenCatalogue:
    # Its data is a module of 1.6 MB: whoever does not ask for prices of tokens does not wait for it.
    from genai_prices.data import providers

    whole = _source(providers, ())
    models = [
        _model(provider, model, _source(providers, tuple(provider.pricing_urls or ())))
        for provider in providers
        for model in provider.models
    ]
    return TokenCatalogue([model for model in models if _is_priced(model)], whole)


def token_prices(moment: datetime | None = None) -> list[TokenPrice]:
    """All prices that hold at the moment, which has a time zone; now, where none is given."""
    return load_catalogue().at(moment or datetime.now(UTC))


def _source(providers: list[types.Provider], pages: tuple[str, ...]) -> TokenSource:
    release = version("genai-prices")
    return TokenSource(f"genai-prices {release}", pages, _PUBLISHED.get(release) or _newest(providers))


def _newest(providers: list[types.Provider]) -> datetime:
    """The newest day in the data that has passed: a release that is not in our table is at least that new."""
    today = datetime.now(UTC).date()
    days = [
        period.since
        for provider in providers
        for model in provider.models
        for period in _periods(model)
        if period.since is not None and period.since <= today
    ]
    return datetime.combine(max(days), time(), UTC)


def _is_priced(model: TokenModel) -> bool:
    return any(period.rates.by_kind() for period in (*model.periods, *(option.period for option in model.options)))


def _model(provider: types.Provider, model: types.ModelInfo, source: TokenSource) -> TokenModel:
    return TokenModel(
        provider=provider.id,
        provider_name=provider.name,
        id=model.id,
        name=model.name or "",
        context_window=model.context_window or None,
        deprecated=bool(model.deprecated),
        periods=_periods(model),
        options=tuple(
            Option(tuple(sorted(variant.when.items())), _period(variant.prices, variant.constraint))
            for variant in model.price_variants or ()
        ),
        source=source,
    )


def _periods(model: types.ModelInfo) -> tuple[Period, ...]:
    if not isinstance(model.prices, list):
        return (_period(model.prices, None),)
    return tuple(_period(each.prices, each.constraint) for each in model.prices)


def _period(
    prices: types.ModelPrice, constraint: types.StartDateConstraint | types.TimeOfDateConstraint | None
) -> Period:
    since: date | None = getattr(constraint, "start_date", None)
    start: time | None = getattr(constraint, "start_time", None)
    end: time | None = getattr(constraint, "end_time", None)
    daily = Daily(_utc(start), _utc(end)) if start is not None and end is not None else None
    return Period(_rates(prices), since, daily)


def _utc(clock: time) -> time:
    """A time of day in UTC, which it is where it has no time zone."""
    moment = datetime.combine(date(2000, 1, 1), clock, clock.tzinfo or UTC)
    return moment.astimezone(UTC).time()


def _rates(prices: types.ModelPrice) -> Rates:
    known = {unit: price for unit, price in vars(prices).items() if price is not None}
    rates = {ours: _rate(known.pop(unit)) for unit, ours in _RATES.items() if unit in known}
    fee = known.pop(_REQUESTS, None)
    return Rates(
        **rates,
        thousand_requests=_rate(fee).base if fee is not None else None,
        further_units=tuple(sorted(known)),
    )


def _rate(price: Decimal | types.TieredPrices) -> Rate:
    if isinstance(price, Decimal):
        return Rate(Money.of(price))
    tiers = sorted(price.tiers, key=lambda tier: tier.start)
    return Rate(Money.of(price.base), tuple(Tier(tier.start, Money.of(tier.price)) for tier in tiers))
