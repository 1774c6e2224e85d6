"""Whether a commitment pays."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from services.pricing.domain.advice.types.figures import Figure
    from services.pricing.domain.advice.types.needs import Wanted
    from services.pricing.domain.offers import Offer, OfferKey
    from services.pricing.domain.versions import Version

UTILISATIONS: Final = tuple(Decimal(share) for share in ("0.25", "0.5", "0.6", "0.7", "0.8", "0.9", "1"))
PRICE_CHANGES: Final = tuple(Decimal(percent) for percent in (-30, -20, -10, 0, 10))
"""Of the on-demand price, in per cent: the axes of the sensitivity table unless the caller gives others."""


@dataclass(frozen=True, slots=True)
class AnalyzeCommitmentRequest:
    """A commitment to be held against paying on demand."""

    commitment: Wanted
    """An offer with a term, or a need: its cheapest offer with one."""
    on_demand: OfferKey | None = None
    """None for the on-demand offer that otherwise has the commitment's key."""
    utilisation: Decimal = Decimal(1)
    """Above 0, at most 1: the part of the term's hours that are needed."""
    quantity: int = 1
    utilisations: tuple[Decimal, ...] = UTILISATIONS
    price_changes: tuple[Decimal, ...] = PRICE_CHANGES
    """Per cent, above -100. A change holds for the whole term; commitments keep their price."""


@dataclass(frozen=True, slots=True)
class MonthOfPaths:
    """Both paths at the end of a month."""

    month: int
    """0 is the beginning, when only what is paid upfront is paid."""
    committed: Figure
    """Paid so far."""
    on_demand: Figure
    cheaper: bool
    """Whether the commitment has cost at most as much so far."""


@dataclass(frozen=True, slots=True)
class SensitivityCell:
    """The outcome of the whole term under other conditions."""

    utilisation: Decimal
    price_change: Decimal
    """Of on demand, per cent."""
    saving: Figure
    """On-demand cost of the term less the commitment's; negative where the commitment is dearer."""
    saving_percent: Decimal
    """Of the on-demand cost, to a hundredth."""


@dataclass(frozen=True, slots=True)
class CommitmentAnalysis:
    """When a commitment pays."""

    version: Version
    commitment: Offer
    on_demand: Offer
    utilisation: Decimal
    upfront: Figure
    """Zero where nothing is paid upfront."""
    upfront_known: bool
    """False where the source does not say how much of the price is paid upfront: then it counts as spread over the
    term, and `cash_break_even_months` is too early."""
    recurring: Figure
    """What is paid in each month of the term."""
    committed_total: Figure
    on_demand_total: Figure
    """Over the term, at `utilisation`."""
    saving: Figure
    saving_percent: Decimal
    cash_break_even_months: Decimal | None
    """When the money paid for the commitment is no more than what on demand would have cost so far, in months, to a
    hundredth, rounded up; 0 where it is from the first hour; None where it never is within the term."""
    use_break_even_months: Decimal | None
    """For how many months it must be used, at `utilisation`, for on demand to cost as much as the whole commitment;
    rounded up likewise. Whoever stops earlier would have paid less on demand. None where the term is too short."""
    break_even_utilisation: Decimal
    """The part of the term's hours from which on the commitment is cheaper, to a ten-thousandth, rounded up; above 1
    where it never is."""
    paths: tuple[MonthOfPaths, ...]
    """Months 0 to the end of the term."""
    sensitivity: tuple[SensitivityCell, ...]
    """Each utilisation with each price change, in the request's order."""
