"""Bounds of requests. The contract's rules hold most of them before; these hold for every caller."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from services.pricing.domain.advice.errors import RequestInvalid
from services.pricing.domain.advice.types.needs import DAYS_A_WEEK
from services.pricing.domain.money import HOURS_A_MONTH

if TYPE_CHECKING:
    from services.pricing.domain.advice.types.needs import Usage

MOST_INSTANCES = 1_000_000


def within(field: str, value: Decimal | float, low: int, high: int | None = None) -> None:
    """Raises RequestInvalid unless `low <= value <= high`; what is no number is never within."""
    # An ordering comparison of a decimal that is no number raises.
    finite = value.is_finite() if isinstance(value, Decimal) else True
    if not finite or not low <= value or (high is not None and value > high):
        raise RequestInvalid(field, f"at least {low}" if high is None else f"from {low} to {high}")


def check_share(field: str, share: Decimal) -> None:
    """Raises RequestInvalid unless it is from 0 to 1."""
    within(field, share, 0, 1)


def check_usage(field: str, usage: Usage) -> None:
    """Raises RequestInvalid unless the hours fit into a month."""
    within(f"{field}.hours_a_month", usage.hours_a_month or 0, 0, HOURS_A_MONTH)
    within(f"{field}.hours_a_day", usage.hours_a_day or 0, 0, 24)
    within(f"{field}.days_a_week", usage.days_a_week, 0, DAYS_A_WEEK)
