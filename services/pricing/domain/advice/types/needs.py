"""What is asked for: an offer or a need, for how long, and how much of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias

from services.pricing.domain.constraints import Constraints
from services.pricing.domain.money import HOURS_A_MONTH
from services.pricing.domain.offers import OfferKey

Wanted: TypeAlias = OfferKey | Constraints
"""One offer by its key, or a need that is met by the best of the offers that satisfy it."""

DAYS_A_WEEK: Final = 7
_HOURS_A_DAY: Final = 24


@dataclass(frozen=True, slots=True)
class Usage:
    """For how long something runs: hours a month, or a pattern of days. With neither it always runs."""

    hours_a_month: Decimal | None = None
    """0 to 730. Wins over the pattern."""
    hours_a_day: Decimal | None = None
    """0 to 24."""
    days_a_week: Decimal = Decimal(DAYS_A_WEEK)
    """0 to 7; only with `hours_a_day`."""

    @property
    def hours(self) -> Decimal:
        """Hours a month. A month has 730/24 days and, of each kind of weekday, one seventh of them."""
        if self.hours_a_month is not None:
            return self.hours_a_month
        if self.hours_a_day is None:
            return Decimal(HOURS_A_MONTH)
        # Divided last: a whole day on every day is the whole month, to the last digit.
        return self.hours_a_day * self.days_a_week * HOURS_A_MONTH / (DAYS_A_WEEK * _HOURS_A_DAY)


@dataclass(frozen=True, slots=True)
class Work:
    """How much is needed, or given, in all. None is not asked for; all that is set must be covered together."""

    millicpus: int | None = None
    memory_mib: int | None = None
    gpus: Decimal | None = None
    """To a thousandth of one."""
    instances: int | None = None


ALWAYS: Final = Usage()
"""730 hours a month."""
ONE_INSTANCE: Final = Work(instances=1)
