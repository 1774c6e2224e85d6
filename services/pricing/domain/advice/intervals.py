"""Prediction intervals from a method's own past errors.

Split conformal prediction (Vovk, Gammerman and Shafer, "Algorithmic Learning in a Random World", 2005): of n past
absolute errors, the one of rank ceil((n + 1) x coverage) bounds the next one with at least that probability, if errors
to come are like those that were. With fewer than coverage / (1 - coverage) errors there is no such rank: that is the
least number of them from which an interval is made, 9 for 90 per cent.

Errors of forecasts h steps ahead are taken for themselves as long as there are enough of them. Beyond that an interval
grows with the square root of h, as errors add up in a random walk. Prices may well be one: theirs grow so at least.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from math import ceil
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_HUNDREDTH: Final = Decimal("0.01")


def least_errors(coverage: Decimal) -> int:
    """How many past errors an interval needs."""
    return ceil(coverage / (1 - coverage))


def half_widths(errors: Floats, coverage: Decimal, *, random_walk: bool) -> Floats:
    """Half the width of the interval for each step ahead; never narrower than for the step before, and with
    `random_walk` at least the first step's times the square root of the step.

    `errors` has a row for each past forecast, a column for each step ahead, and NaN where the future is not yet known.
    """
    steps = errors.shape[1]
    widths = np.zeros(steps)
    known, last = 1, 0.0
    for step in range(1, steps + 1):
        own = _quantile(errors[:, step - 1], coverage)
        if own is None:
            break
        known, last = step, max(last, own)
        widths[step - 1] = last
    grown = np.arange(1, steps + 1)
    widths[known:] = last * np.sqrt(grown[known:] / known)
    return np.maximum(widths, widths[0] * np.sqrt(grown)) if random_walk else widths


def _quantile(errors: Floats, coverage: Decimal) -> float | None:
    known = np.sort(np.abs(errors[~np.isnan(errors)]))
    rank = ceil((len(known) + 1) * coverage)
    return float(known[rank - 1]) if 0 < rank <= len(known) else None


def covered(errors: Floats, coverage: Decimal) -> Decimal | None:
    """Of prices: the part of the later half's errors that lie within intervals made from the earlier half. None where
    there are too few."""
    half = len(errors) // 2
    # The earlier half ends before the later one begins: what it did not know then is left out.
    early = errors[:half].copy()
    for row in range(half):
        early[row, max(0, half - row) :] = np.nan
    if np.count_nonzero(~np.isnan(early[:, 0])) < least_errors(coverage):
        return None
    late = errors[half:]
    inside = np.abs(late) <= half_widths(early, coverage, random_walk=True)
    known = ~np.isnan(late)
    if not known.any():
        return None
    return (Decimal(int((inside & known).sum())) / int(known.sum())).quantize(_HUNDREDTH, ROUND_HALF_EVEN)


def later_errors(series: Floats, forecasts: Floats) -> Floats:
    """Errors of forecasts made at each step: row t has what was expected of the steps behind t, in order."""
    length, steps = forecasts.shape
    ahead = np.arange(length)[:, None] + 1 + np.arange(steps)
    actual = np.where(ahead < length, series[np.minimum(ahead, length - 1)], np.nan)
    errors: Floats = actual - forecasts
    return errors
