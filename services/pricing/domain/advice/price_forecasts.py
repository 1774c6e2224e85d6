"""Where a price may go: conservatively, from its own history alone.

The logarithm of the price goes on from its last value, by the mean change so far, damped: each step ahead moves by a
fixed part of the step before (Gardner and McKenzie, "Forecasting trends in time series", 1985). Which part, or no drift
at all, is what would have been best in the history itself. Parts are those between the bounds that Hyndman and
Athanasopoulos name in "Forecasting: Principles and Practice" (0.8 and 0.98).
"""

from __future__ import annotations

import math
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import numpy as np

from services.pricing.domain.advice.checks import within
from services.pricing.domain.advice.errors import RequestInvalid
from services.pricing.domain.advice.intervals import covered, half_widths, later_errors, least_errors
from services.pricing.domain.advice.types.figures import Figure
from services.pricing.domain.advice.types.forecast import (
    ForecastPricesRequest,
    Method,
    PriceForecast,
    PriceForecastPoint,
)
from services.pricing.domain.money import Money

if TYPE_CHECKING:
    from services.pricing.domain.advice.intervals import Floats

MOST_CHANGES: Final = 5_000
MOST_STEPS: Final = 2_000
"""The newest steps of a history that count."""
MOST_AHEAD: Final = 366
DAMPINGS: Final = (0.0, 0.8, 0.9, 0.98)
"""0 is no drift: first, and so chosen where no other is better."""
MOST_NANOS: Final = 10**18
"""No price is said to be above a thousand million units an hour, however wide an interval."""
_MOST_MOVED: Final = 700.0


def least_steps(coverage: Decimal) -> int:
    """Steps of history below which nothing is forecast: half of them for what is learnt first, half for errors."""
    return 2 * least_errors(coverage) + 2


def forecast_prices(request: ForecastPricesRequest) -> PriceForecast:
    """Steps ahead with intervals, or a notice that there are too few observations. Raises RequestInvalid."""
    _check(request)
    series = _steps(request)
    least = least_steps(request.coverage)
    changes = int(np.count_nonzero(np.diff(series)))
    if len(series) < least:
        return PriceForecast(
            offer=request.offer,
            method=Method.NONE,
            points=(),
            observations=len(series),
            changes=changes,
            coverage=request.coverage,
            backtest_coverage=None,
            notice=f"too few observations: {len(series)} steps of history, at least {least} are needed",
        )
    damping, errors = _best(series, request.horizon)
    return PriceForecast(
        offer=request.offer,
        method=Method.DAMPED_DRIFT if damping else Method.LAST_VALUE,
        points=_points(request, series, damping, half_widths(errors, request.coverage, random_walk=True)),
        observations=len(series),
        changes=changes,
        coverage=request.coverage,
        backtest_coverage=covered(errors, request.coverage),
        notice=_notice(damping, changes, len(series)),
    )


def _check(request: ForecastPricesRequest) -> None:
    within("changes", len(request.changes), 1, MOST_CHANGES)
    within("horizon", request.horizon, 1, MOST_AHEAD)
    if not Decimal("0.5") <= request.coverage <= Decimal("0.99"):
        raise RequestInvalid("coverage", "from 0.5 to 0.99")
    if request.step <= timedelta(0):
        raise RequestInvalid("step", "above 0")
    moments = [change.at for change in request.changes]
    if moments != sorted(moments) or request.until < moments[-1]:
        raise RequestInvalid("changes", "oldest first, and none behind `until`")
    if any(change.hourly.nanos <= 0 for change in request.changes):
        raise RequestInvalid("changes", "each price above 0")
    if any(change.hourly.currency != request.offer.hourly.currency for change in request.changes):
        raise RequestInvalid("changes", "another currency than the offer's")


def _steps(request: ForecastPricesRequest) -> Floats:
    """Logarithms of the price at each step, back from `until`; between changes a price holds."""
    first = request.changes[0].at
    count = min(MOST_STEPS, int((request.until - first) / request.step) + 1)
    at = [request.until - request.step * back for back in range(count - 1, -1, -1)]
    moments = np.array([(change.at - first).total_seconds() for change in request.changes])
    wanted = np.array([(moment - first).total_seconds() for moment in at])
    prices = np.log(np.array([change.hourly.nanos for change in request.changes], np.float64))
    found: Floats = prices[np.maximum(np.searchsorted(moments, wanted, side="right") - 1, 0)]
    return found


def _best(series: Floats, horizon: int) -> tuple[float, Floats]:
    """The damping with the least mean error over the later half of the history, and its errors there."""
    found: tuple[float, float, Floats] | None = None
    start = len(series) // 2
    for damping in DAMPINGS:
        errors = later_errors(series, _forecasts(series, damping, horizon))[start:-1]
        mean = float(np.nanmean(np.abs(errors)))
        if found is None or mean < found[0]:
            found = mean, damping, errors
    assert found is not None
    return found[1], found[2]


def _forecasts(series: Floats, damping: float, horizon: int) -> Floats:
    """Row t: what the history up to t says of the steps behind it."""
    drift = (series - series[0]) / np.maximum(np.arange(len(series)), 1)
    moved = np.cumsum(damping ** np.arange(1, horizon + 1)) if damping else np.zeros(horizon)
    forecasts: Floats = series[:, None] + drift[:, None] * moved
    return forecasts


def _points(
    request: ForecastPricesRequest, series: Floats, damping: float, widths: Floats
) -> tuple[PriceForecastPoint, ...]:
    expected = _forecasts(series, damping, request.horizon)[-1] - series[-1]
    return tuple(
        PriceForecastPoint(
            at=request.until + request.step * (step + 1),
            expected=_figure(request, float(expected[step])),
            low=_figure(request, float(expected[step] - widths[step])),
            high=_figure(request, float(expected[step] + widths[step])),
        )
        for step in range(request.horizon)
    )


def _figure(request: ForecastPricesRequest, moved: float) -> Figure:
    last, factor = request.changes[-1].hourly, math.exp(min(moved, _MOST_MOVED))
    money = Money(min(round(last.nanos * factor), MOST_NANOS), last.currency)
    return Figure(money, f"{last}/h x {factor:.6g}", (request.offer,))


def _notice(damping: float, changes: int, steps: int) -> str:
    if not changes:
        return f"the price did not change in {steps} steps: that it may change at all is not in the intervals"
    how = f"mean drift so far, each step {damping} of the one before" if damping else "the last price, without drift"
    return f"{how}; intervals from the errors of such forecasts in the later half of the history"
