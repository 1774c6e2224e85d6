"""Prediction intervals from a method's own past errors.

Split conformal prediction (Vovk, Gammerman and Shafer, "Algorithmic Learning in a Random World", 2005): of n past
absolute errors, the one of rank ceil((n + 1) x coverage) bounds the next one with at least that probability, if errors
to come are like those that were. With fewer than coverage / (1 - coverage) errors there is no such rank: that is the
least number of them from which an interval is made, 9 for 90 per cent.

Errors of forecasts h steps ahead are taken for themselves as long as there are enough. Beyond that, and at least
everywhere, an interval is as wide as that of one step times the square root of h, as errors add up in a random walk.
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


def half_widths(errors: Floats, coverage: Decimal) -> Floats:
    """Half the width of the interval for each step ahead; never narrower than for the step before.

    `errors` has a row for each past forecast, a column for each step ahead, and NaN where the future is not yet known.
    """
    steps = errors.shape[1]
    first = _quantile(errors[:, 0], coverage) or 0.0
    widths = first * np.sqrt(np.arange(1, steps + 1))
    for step in range(1, steps):
        own = _quantile(errors[:, step], coverage)
        if own is None:
            break
        widths[step] = max(widths[step], own)
    return np.maximum.accumulate(widths)


def _quantile(errors: Floats, coverage: Decimal) -> float | None:
    known = np.sort(np.abs(errors[~np.isnan(errors)]))
    rank = ceil((len(known) + 1) * coverage)
    return float(known[rank - 1]) if 0 < rank <= len(known) else None


def covered(errors: Floats, coverage: Decimal) -> Decimal | None:
    """The part of the later half's errors that lie within intervals made from the earlier half; None with too few."""
    half = len(errors) // 2
    # The earlier half ends before the later one begins: what it did not know then is left out.
    early = errors[:half].copy()
    for row in range(half):
        early[row, max(0, half - row) :] = np.nan
    if np.count_nonzero(~np.isnan(early[:, 0])) < least_errors(coverage):
        return None
    late = errors[half:]
    inside = np.abs(late) <= half_widths(early, coverage)
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
