"""Methods that forecast a series, each in one pass: at every step, what is expected of the steps behind it.

Exponential smoothing in the error-correction form that Hyndman, Koehler, Ord and Snyder give in "Forecasting with
Exponential Smoothing" (2008): simple (level), Holt's with a damped trend, Holt and Winters' with an additive season.
Parameters are those of a grid with the least squared one-step errors in the first half of the series.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np

from services.pricing.domain.advice.types.forecast import Method

if TYPE_CHECKING:
    from services.pricing.domain.advice.intervals import Floats

_GRID: Final = (0.05, 0.1, 0.2, 0.4, 0.7)
"""For level, trend and season: from slow to quick; finer steps change little."""
DAMPING: Final = 0.9
"""Of the trend: between the bounds 0.8 and 0.98 that Hyndman and Athanasopoulos name."""


def forecasts_of(method: Method, series: Floats, horizon: int, season: int) -> Floats:
    """Row t has what the series up to t says of the `horizon` steps behind it; only rows from the first season on mean
    anything."""
    if method is Method.LAST_VALUE:
        return np.repeat(series[:, None], horizon, axis=1)
    if method is Method.SEASONAL_NAIVE_DRIFT:
        return _seasonal_naive(series, horizon, season)
    return _smoothed(series, horizon, season, _parameters(method))


def _seasonal_naive(series: Floats, horizon: int, season: int) -> Floats:
    length = len(series)
    step = np.arange(length)[:, None]
    ahead = np.arange(1, horizon + 1)[None, :]
    seasons = (ahead + season - 1) // season
    last = np.maximum(step + ahead - seasons * season, 0)
    # Mean change from one season to the next, over all whole seasons so far.
    change = np.zeros(length)
    change[season:] = np.cumsum(series[season:] - series[:-season]) / np.arange(1, length - season + 1)
    forecasts: Floats = series[last] + change[:, None] * seasons
    return forecasts


@dataclass(frozen=True, slots=True)
class _Parameters:
    """Columns of the grid: one element for each combination."""

    level: Floats
    trend: Floats
    season: Floats


def _parameters(method: Method) -> _Parameters:
    trend = (0.0,) if method is Method.SIMPLE_SMOOTHING else _GRID
    season = _GRID if method is Method.HOLT_WINTERS else (0.0,)
    grid = np.array(list(product(_GRID, trend, season)))
    return _Parameters(grid[:, 0], grid[:, 1], grid[:, 2])


def _smoothed(series: Floats, horizon: int, season: int, grid: _Parameters) -> Floats:
    """All combinations side by side over the first half; the best one alone over everything."""
    half = series[: max(len(series) // 2, season + 1)]
    _, errors = _pass(half, 1, season, grid)
    best = int(np.argmin((errors[season:] ** 2).sum(axis=0)))
    chosen = _Parameters(grid.level[[best]], grid.trend[[best]], grid.season[[best]])
    forecasts, _ = _pass(series, horizon, season, chosen)
    return forecasts


def _pass(series: Floats, horizon: int, season: int, grid: _Parameters) -> tuple[Floats, Floats]:
    """Forecasts of the first combination, and one-step errors of all of them."""
    size, seasonal = len(grid.level), bool(grid.season.any())
    first = series[:season]
    level = np.full(size, first.mean() if seasonal else series[0])
    trend = np.zeros(size)
    cycle = np.repeat((first - first.mean() if seasonal else np.zeros(season))[:, None], size, axis=1)
    faded = np.cumsum(DAMPING ** np.arange(1, horizon + 1))
    steps = np.arange(1, horizon + 1)
    forecasts, errors = np.empty((len(series), horizon)), np.empty((len(series), size))
    for at, value in enumerate(series):
        slot = at % season
        error = value - (level + DAMPING * trend + cycle[slot])
        level = level + DAMPING * trend + grid.level * error
        trend = DAMPING * trend + grid.level * grid.trend * error
        cycle[slot] += grid.season * error
        errors[at] = error
        forecasts[at] = level[0] + trend[0] * faded + cycle[(at + steps) % season, 0]
    return forecasts, errors
