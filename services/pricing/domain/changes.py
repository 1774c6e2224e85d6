"""How prices change from version to version."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from services.pricing.domain.money import Money
    from services.pricing.domain.offers import Offer, Source


class ChangeKind(StrEnum):
    """What happened to an offer."""

    CAME = "came"
    PRICE = "price"
    """The hourly price, or what is paid upfront, is another."""
    WENT = "went"


@dataclass(frozen=True, slots=True)
class PriceChange:
    """One change of one offer, published with a version."""

    sequence: int
    """Counts all changes of all offers from 1, without a gap, in the order in which they were published."""
    kind: ChangeKind
    offer: Offer
    """As it is since; for one that is gone, as it was last."""
    old: Money | None
    """The hourly price before; None for an offer that came."""
    new: Money | None
    """The hourly price since; None for an offer that went."""
    version: int
    """The version that brought it."""
    changed_at: datetime
    """When that version was published."""


@dataclass(frozen=True, slots=True)
class PriceSpan:
    """A price of an offer, and the span of versions that had it."""

    id: int
    """Later spans have larger ids."""
    offer: str
    """The offer's id."""
    hourly: Money
    upfront: Money | None
    flags: tuple[str, ...]
    source: Source
    """Where the price was read first."""
    confirmed: Source
    """Where it was read last, unchanged."""
    from_version: int
    from_time: datetime
    to_version: int | None
    """The first version without it; None while it holds."""
    to_time: datetime | None
