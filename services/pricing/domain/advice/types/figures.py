"""Amounts that say how they come about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.pricing.domain.money import Money
    from services.pricing.domain.offers import Offer


@dataclass(frozen=True, slots=True)
class Figure:
    """An amount of money with its origin. At least one of `offers` and `given` is not empty."""

    money: Money
    """Exact; may be negative where it is a difference."""
    formula: str
    """How it comes about, in numbers: `0.1008 USD/h x 3 x 730 h`."""
    offers: tuple[Offer, ...]
    """Whose prices it is made from; each carries its source."""
    given: tuple[str, ...] = ()
    """Prices that are the caller's own, not the catalogue's: `0.08 USD per GiB-month of storage`."""
