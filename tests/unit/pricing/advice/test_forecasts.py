"""Forecasts hold what they promise: intervals that cover, the right method, and silence where too little is known."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pytest

from services.pricing.domain.advice.demand_forecasts import forecast_demand, least_observations
from services.pricing.domain.advice.errors import RequestInvalid
from services.pricing.domain.advice.price_forecasts import forecast_prices, least_steps
from services.pricing.domain.advice.types.forecast import (
    DemandForecast,
    ForecastDemandRequest,
    ForecastPricesRequest,
    Method,
    PriceChange,
)
from services.pricing.domain.money import NANOS, Money
from tests.unit.pricing.advice.offers import READ, offer

SPOT = offer("aws us-east-1 m7i.large 2/8 spot 0.04")
Series = npt.NDArray[np.float64]
DAY = timedelta(days=1)
NINE_TENTHS = Decimal("0.9")


def prices(values: list[float], horizon: int = 10, until: int | None = None) -> ForecastPricesRequest:
    changes = tuple(PriceChange(READ + DAY * day, Money(round(value * NANOS))) for day, value in enumerate(values))
    return ForecastPricesRequest(SPOT, changes, READ + DAY * (until if until is not None else len(values) - 1), horizon)


def test_nine_of_ten_later_prices_of_a_random_walk_lie_within_the_intervals() -> None:
    random = np.random.default_rng(5)
    inside = total = 0
    for _ in range(60):
        walk = 0.04 * np.exp(np.cumsum(random.normal(0, 0.03, 130)))
        found = forecast_prices(prices(walk[:120].tolist()))
        for point, actual in zip(found.points, walk[120:], strict=True):
            inside += point.low.money.nanos <= actual * NANOS <= point.high.money.nanos
            total += 1
    assert inside / total >= 0.86


def test_an_interval_never_narrows_with_the_distance() -> None:
    random = np.random.default_rng(6)
    found = forecast_prices(prices((0.04 * np.exp(np.cumsum(random.normal(0, 0.05, 60)))).tolist(), 40))
    ratios = [point.high.money.nanos / point.low.money.nanos for point in found.points]
    assert ratios == sorted(ratios)
    assert found.points[-1].at == READ + DAY * (59 + 40)
    assert all(point.expected.offers == (SPOT,) for point in found.points)


def test_a_steady_drift_goes_on_and_fades() -> None:
    found = forecast_prices(prices([0.04 * 1.01**day for day in range(80)], 30))
    assert found.method is Method.DAMPED_DRIFT
    expected = [point.expected.money.nanos for point in found.points]
    assert expected == sorted(expected)
    assert expected[-1] < 0.04 * 1.01 ** (79 + 30) * NANOS


def test_a_price_that_never_changed_says_so() -> None:
    found = forecast_prices(prices([0.04], 5, until=100))
    assert found.method is Method.LAST_VALUE
    assert found.changes == 0 and "did not change" in found.notice
    assert found.points[-1].low.money == found.points[-1].high.money == Money.of("0.04")


def test_too_short_a_history_is_not_forecast() -> None:
    least = least_steps(NINE_TENTHS)
    assert forecast_prices(prices([0.04] * (least - 1))).method is Method.NONE
    assert "too few" in forecast_prices(prices([0.04] * (least - 1))).notice
    assert forecast_prices(prices([0.04] * least)).points


def test_prices_in_disorder_are_refused() -> None:
    with pytest.raises(RequestInvalid):
        forecast_prices(prices([0.04, 0.05], until=0))


def demand(series: Series, horizon: int, season: int | None = None) -> DemandForecast:
    return forecast_demand(ForecastDemandRequest(tuple(series.tolist()), horizon, season))


def seasonal(random: np.random.Generator, length: int) -> Series:
    hours = np.arange(length)
    return 100 + 30 * np.sin(2 * np.pi * hours / 24) + random.normal(0, 3, length)


def test_nine_of_ten_later_demands_of_a_daily_season_lie_within_the_intervals() -> None:
    random = np.random.default_rng(7)
    inside = total = 0
    for _ in range(15):
        series = seasonal(random, 192)
        found = demand(series[:168], 24, 24)
        assert found.method in {Method.HOLT_WINTERS, Method.SEASONAL_NAIVE_DRIFT}
        for point, actual in zip(found.points, series[168:], strict=True):
            inside += point.low <= actual <= point.high
            total += 1
    assert inside / total >= 0.86


def test_a_trend_is_followed_and_a_level_is_smoothed() -> None:
    random = np.random.default_rng(8)
    trend = demand(10 + 2 * np.arange(80) + random.normal(0, 0.5, 80), 5)
    assert trend.method is Method.HOLT
    assert trend.points[0].expected == pytest.approx(10 + 2 * 80, rel=0.02)
    level = demand(50 + random.normal(0, 5, 80), 5)
    assert level.method is Method.SIMPLE_SMOOTHING
    assert level.errors[0].mean_absolute_error <= level.errors[-1].mean_absolute_error


def test_demand_is_never_below_zero() -> None:
    random = np.random.default_rng(9)
    found = demand(np.abs(random.normal(1, 2, 60)), 20)
    assert all(0 <= point.low <= point.expected <= point.high for point in found.points)


def test_too_few_observations_are_said_and_a_season_needs_more() -> None:
    least = least_observations(NINE_TENTHS)
    assert demand(np.ones(least - 1), 3).method is Method.NONE
    found = demand(np.ones(least), 3, 24)
    assert found.points and "no season" in found.notice


@pytest.mark.parametrize("series", [(), (1.0, float("nan")), (-1.0,), (float("inf"),)])
def test_a_series_of_other_than_numbers_is_refused(series: tuple[float, ...]) -> None:
    with pytest.raises(RequestInvalid):
        forecast_demand(ForecastDemandRequest(series, 3))
