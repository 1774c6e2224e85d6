"""Forecasts of prices and of demand, with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from services.pricing.domain.advice.types.figures import Figure
    from services.pricing.domain.money import Money
    from services.pricing.domain.offers import Offer

DAY: Final = timedelta(days=1)


class Method(StrEnum):
    """How a forecast was made."""

    NONE = "none"
    """Not at all: too few observations."""
    DAMPED_DRIFT = "damped_drift"
    """The last value, drifting on by a part of the mean change that fades with each step; on logarithms."""
    LAST_VALUE = "last_value"
    SEASONAL_NAIVE_DRIFT = "seasonal_naive_drift"
    """The value of one season ago, moved by the mean change from season to season."""
    SIMPLE_SMOOTHING = "simple_smoothing"
    """Exponential smoothing of the level alone."""
    HOLT = "holt"
    """Exponential smoothing of level and trend; the trend is damped."""
    HOLT_WINTERS = "holt_winters"
    """Exponential smoothing of level, damped trend and additive season."""


@dataclass(frozen=True, slots=True)
class PriceChange:
    """A price that holds from `at` until the next one."""

    at: datetime
    hourly: Money


@dataclass(frozen=True, slots=True)
class ForecastPricesRequest:
    """A history of one offer's price."""

    offer: Offer
    """As the catalogue has it; what the figures are traced to."""
    changes: tuple[PriceChange, ...]
    """Oldest first, of the offer's currency, at most 5,000."""
    until: datetime
    """When the last price was known to hold still: now, or when it was last read. Not before the last change."""
    horizon: int = 30
    """Steps to look ahead; 1 to 366."""
    step: timedelta = DAY
    coverage: Decimal = Decimal("0.9")
    """The part of the future prices that is to lie within the intervals: 0.5 to 0.99."""


@dataclass(frozen=True, slots=True)
class PriceForecastPoint:
    """The price at one moment of the future."""

    at: datetime
    expected: Figure
    low: Figure
    high: Figure


@dataclass(frozen=True, slots=True)
class PriceForecast:
    """Steps ahead. Without points, `notice` says why."""

    offer: Offer
    method: Method
    points: tuple[PriceForecastPoint, ...]
    observations: int
    """Steps of the history that the forecast rests on."""
    changes: int
    """How often the price changed in it."""
    coverage: Decimal
    backtest_coverage: Decimal | None
    """The part of the history's own later prices, to a hundredth, that intervals made before them would have held; None
    where the history is too short to tell."""
    notice: str
    """What a reader must know: how it was made, or why not."""


@dataclass(frozen=True, slots=True)
class ForecastDemandRequest:
    """A series of a demand, in equal steps, oldest first: requests a second, instances, GiB, ..."""

    series: tuple[float, ...]
    """Finite and not negative; at most 10,000, of which the newest 2,000 count."""
    horizon: int
    """Steps to look ahead; 1 to 1,000."""
    season: int | None = None
    """Steps in a season, at least 2: 24 for hours of a day. None for no season."""
    coverage: Decimal = Decimal("0.9")


@dataclass(frozen=True, slots=True)
class DemandForecastPoint:
    """The demand at one step of the future; never negative."""

    step: int
    """Counted from 1, the one behind the series."""
    expected: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class MethodError:
    """How a method did in the backtest."""

    method: Method
    mean_absolute_error: float
    """Over all steps ahead, in the unit of the series."""


@dataclass(frozen=True, slots=True)
class DemandForecast:
    """Steps ahead. Without points, `notice` says why."""

    method: Method
    """The one with the least error in the backtest."""
    points: tuple[DemandForecastPoint, ...]
    observations: int
    coverage: Decimal
    errors: tuple[MethodError, ...]
    """Of all methods that were tried, the best first."""
    notice: str
