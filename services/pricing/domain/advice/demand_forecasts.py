"""Where a demand may go: the method that would have been best in the series itself, with intervals from its errors.

Every method forecasts from every step of the later half of the series (a rolling origin), knowing only what came
before; the one with the least mean absolute error is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np

from services.pricing.domain.advice.checks import within
from services.pricing.domain.advice.errors import RequestInvalid
from services.pricing.domain.advice.intervals import Floats, half_widths, later_errors, least_errors
from services.pricing.domain.advice.smoothing import forecasts_of
from services.pricing.domain.advice.types.forecast import (
    DemandForecast,
    DemandForecastPoint,
    ForecastDemandRequest,
    Method,
    MethodError,
)

MOST_OBSERVATIONS: Final = 10_000
NEWEST: Final = 2_000
"""Observations that count."""
MOST_AHEAD: Final = 1_000
SEASONS: Final = 4
"""Whole seasons that a seasonal method needs: two to begin with, two to be tried on."""
PLAIN: Final = (Method.LAST_VALUE, Method.SIMPLE_SMOOTHING, Method.HOLT)
SEASONAL: Final = (Method.SEASONAL_NAIVE_DRIFT, Method.HOLT_WINTERS)


def least_observations(coverage: Decimal) -> int:
    """Below this nothing is forecast: half of them to learn from, half for errors."""
    return 2 * least_errors(coverage) + 2


def forecast_demand(request: ForecastDemandRequest) -> DemandForecast:
    """Steps ahead with intervals, or a notice that there are too few observations. Raises RequestInvalid."""
    _check(request)
    series = np.array(request.series[-NEWEST:], np.float64)
    least = least_observations(request.coverage)
    if len(series) < least:
        notice = f"too few observations: {len(series)}, at least {least} are needed"
        return DemandForecast(Method.NONE, (), len(series), request.coverage, (), notice)
    season = request.season if request.season and len(series) >= SEASONS * request.season else None
    best: _Tried | None = None
    errors: list[MethodError] = []
    for method in (*PLAIN, *SEASONAL) if season else PLAIN:
        tried = _Tried.of(method, series, request.horizon, season or 1)
        errors.append(MethodError(method, tried.mean))
        if best is None or tried.mean < best.mean:
            best = tried
    assert best is not None
    # Where nothing beats the last value, the series moves as a random walk does.
    widths = half_widths(best.errors, request.coverage, random_walk=best.method is Method.LAST_VALUE)
    return DemandForecast(
        method=best.method,
        points=_points(best.expected, widths),
        observations=len(series),
        coverage=request.coverage,
        errors=tuple(sorted(errors, key=lambda each: each.mean_absolute_error)),
        notice=_notice(request, season),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Tried:
    """What a method expects behind the series, and its errors in the later half."""

    method: Method
    expected: Floats
    errors: Floats
    mean: float

    @classmethod
    def of(cls, method: Method, series: Floats, horizon: int, season: int) -> _Tried:
        forecasts = forecasts_of(method, series, horizon, season)
        errors = later_errors(series, forecasts)[len(series) // 2 : -1]
        return cls(method, forecasts[-1].copy(), errors, float(np.nanmean(np.abs(errors))))


def _points(expected: Floats, widths: Floats) -> tuple[DemandForecastPoint, ...]:
    return tuple(
        DemandForecastPoint(step, max(0.0, middle), max(0.0, middle - width), max(0.0, middle + width))
        for step, (middle, width) in enumerate(zip(expected.tolist(), widths.tolist(), strict=True), start=1)
    )


def _notice(request: ForecastDemandRequest, season: int | None) -> str:
    said = "the method that did best over the later half of the series; intervals from its errors there"
    if request.season and not season:
        needed = SEASONS * request.season
        said += f"; no season: {needed} observations are needed for it, there are {len(request.series)}"
    return said


def _check(request: ForecastDemandRequest) -> None:
    within("series", len(request.series), 1, MOST_OBSERVATIONS)
    within("horizon", request.horizon, 1, MOST_AHEAD)
    if not all(0 <= value < np.inf for value in request.series):
        raise RequestInvalid("series", "finite numbers, none below 0")
    if request.season is not None:
        within("season", request.season, 2, MOST_OBSERVATIONS)
    if not Decimal("0.5") <= request.coverage <= Decimal("0.99"):
        raise RequestInvalid("coverage", "from 0.5 to 0.99")
