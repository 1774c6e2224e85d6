"""Why a row is no offer, and amounts as the interfaces write them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from services.pricing.domain.readings import RejectReason

_DEAREST = Decimal(100_000)
"""Nobody asks so much for an hour of an instance; the dearest of 2026 is below a thousand."""


class OutOfScope(Exception):
    """The row is of a product that the catalogue does not hold."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class NoOffer(Exception):
    """The row cannot be read for sure."""

    def __init__(self, reason: RejectReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def number(text: str, what: str) -> Decimal:
    """A finite number of at least nothing. Raises NoOffer."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise NoOffer(RejectReason.PRICE_INVALID, f"{what}: {text!r} is no number") from None
    if not value.is_finite() or value < 0:
        raise NoOffer(RejectReason.PRICE_INVALID, f"{what}: {text!r}")
    return value


def positive(value: Decimal, what: str) -> Decimal:
    """The price of an hour, which nobody gives away. Raises NoOffer."""
    if not 0 < value < _DEAREST:
        raise NoOffer(RejectReason.PRICE_INVALID, f"{what}: {value}")
    return value


def moment(text: str) -> datetime | None:
    """A date or a time of ISO 8601, in UTC where it names no zone; None for nothing or anything else."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        return None
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)
