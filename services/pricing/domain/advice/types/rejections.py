"""Why options lost."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.pricing.domain.advice.types.figures import Figure
    from services.pricing.domain.offers import Offer, Provider, Purchase


class Lost(StrEnum):
    """The kind of reason."""

    DEARER = "dearer"
    """It would do, for more money: `difference` says how much."""
    INTERRUPTIBLE = "interruptible"
    """The provider may take it away, more than is tolerated."""
    TERM_TOO_LONG = "term_too_long"
    """It binds for longer than is accepted."""
    BREAKS_CONSTRAINT = "breaks_constraint"
    """No offer of the kind satisfies `constraint`."""
    OVER_BUDGET = "over_budget"
    """It would do, but costs more than the budget: `difference` says how much more."""
    UPFRONT_TOO_HIGH = "upfront_too_high"
    """It needs more money at the beginning than is accepted."""
    NO_PRICE_KNOWN = "no_price_known"
    """The catalogue has no price of the kind. The provider may well sell it."""


@dataclass(frozen=True, slots=True)
class OptionClass:
    """Options of one kind."""

    provider: Provider
    purchase: Purchase
    term_months: int = 0
    """12 or 36 for a commitment, else 0."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A kind of options that is not recommended."""

    options: OptionClass
    reason: Lost
    text: str
    """One sentence for a reader."""
    constraint: str = ""
    """For BREAKS_CONSTRAINT: the field of `Constraints` that is not satisfied, such as `memory_mib_at_least`."""
    offer: Offer | None = None
    """The best offer of the kind, where there is one."""
    difference: Figure | None = None
    """For DEARER: a month's cost above the recommended option's. For OVER_BUDGET: above the budget, in its period."""
