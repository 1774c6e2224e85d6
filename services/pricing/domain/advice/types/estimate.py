"""Estimating what a workload costs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from services.pricing.domain.advice.types.needs import ALWAYS

if TYPE_CHECKING:
    from decimal import Decimal

    from services.pricing.domain.advice.types.figures import Figure
    from services.pricing.domain.advice.types.needs import Usage, Wanted
    from services.pricing.domain.money import Money
    from services.pricing.domain.offers import Offer
    from services.pricing.domain.versions import Version


@dataclass(frozen=True, slots=True)
class GivenQuantity:
    """Something the catalogue has no price of, with the caller's price of one unit."""

    amount: Decimal
    """GiB-months of storage or GiB of egress, in a month, for the whole item."""
    unit_price: Money


@dataclass(frozen=True, slots=True)
class EstimateItem:
    """One part of the workload."""

    name: str
    wanted: Wanted
    """An offer, or a need: its cheapest offer for this usage."""
    quantity: int = 1
    usage: Usage = ALWAYS
    storage: GivenQuantity | None = None
    egress: GivenQuantity | None = None


@dataclass(frozen=True, slots=True)
class EstimateRequest:
    """A workload: at least one item, at most 200, all of one currency."""

    items: tuple[EstimateItem, ...]


class LineKind(StrEnum):
    """What a line is for."""

    INSTANCES = "instances"
    STORAGE = "storage"
    EGRESS = "egress"


@dataclass(frozen=True, slots=True)
class Costs:
    """The cost of the same thing in three periods."""

    hourly: Figure
    """Of instances: while all of them run. Of storage and egress: a month's cost spread over 730 hours."""
    monthly: Figure
    yearly: Figure
    """Twelve months."""


@dataclass(frozen=True, slots=True)
class EstimateLine:
    """What one thing costs."""

    item: int
    """Counted from 0."""
    name: str
    kind: LineKind
    offer: Offer | None
    """None for storage and egress."""
    quantity: Decimal
    """Instances, GiB-months or GiB a month."""
    hours_a_month: Decimal | None
    """Hours that are paid of each instance; None for storage and egress."""
    costs: Costs


@dataclass(frozen=True, slots=True)
class Estimate:
    """Lines in the order of the items, and their sums."""

    version: Version
    lines: tuple[EstimateLine, ...]
    total: Costs
    upfront: Figure | None
    """What of it is paid at the beginning of commitments; None for nothing."""
    missing: tuple[int, ...]
    """Items, counted from 0, whose instances have no price in the catalogue. They are not in the total."""
