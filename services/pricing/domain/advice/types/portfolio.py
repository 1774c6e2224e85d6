"""Covering a workload that changes over time."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.pricing.domain.advice.types.figures import Figure
    from services.pricing.domain.advice.types.rejections import Rejected
    from services.pricing.domain.constraints import Constraints
    from services.pricing.domain.money import Money
    from services.pricing.domain.offers import Offer
    from services.pricing.domain.versions import Version


@dataclass(frozen=True, slots=True)
class Peak:
    """Hours that need more."""

    instances: int
    """On top of the baseline."""
    hours_a_month: Decimal
    """No two peaks overlap: all peaks together have at most 730."""


@dataclass(frozen=True, slots=True)
class Workload:
    """How many instances are needed when: a profile, or a baseline with peaks."""

    profile: tuple[int, ...] = ()
    """Instances in equally long slots that repeat for ever: 24 hours of a day, 168 of a week, 8,760 of a year, ... At
    most 8,784. Wins over baseline and peaks."""
    baseline: int = 0
    peaks: tuple[Peak, ...] = ()


@dataclass(frozen=True, slots=True)
class PortfolioRequest:
    """A workload of equal instances: one instance of any offer that satisfies `constraints` does the same work."""

    constraints: Constraints
    """Of one instance. Purchases that it leaves out are not used."""
    workload: Workload
    months: int = 12
    """For how long the workload lasts. A commitment is paid for whole terms until then, used or not."""
    interruptible_share: Decimal = Decimal(0)
    """0 to 1: the part of the instances that are needed in each slot, rounded down, that may be interruptible."""
    term_months_at_most: int = 36
    upfront_at_most: Money | None = None
    """The most that may be paid at the beginning, for all commitments together."""


class Role(StrEnum):
    """What a line of a portfolio is for."""

    COMMITMENT = "commitment"
    SPOT = "spot"
    ON_DEMAND = "on_demand"


@dataclass(frozen=True, slots=True)
class PortfolioLine:
    """What is bought of one offer."""

    offer: Offer
    role: Role
    instances: int
    """The level of a commitment, else the most at any time."""
    paid_hours: Decimal
    """Instance-hours a month that are paid, on average over the workload's months."""
    used_hours: Decimal
    """Instance-hours a month that are needed of it; fewer than paid where a commitment lies idle."""
    monthly: Figure
    """On average over the workload's months."""
    total: Figure
    """For the workload's months, or for the terms of the commitment where they last longer."""
    upfront: Figure | None
    """What is paid at the beginning, as a part of `total`."""


class RiskKind(StrEnum):
    """The kind of risk."""

    INTERRUPTION = "interruption"
    """`figure`: a month's additional cost if all interruptible instances had to run on demand."""
    COMMITTED = "committed"
    """`figure`: what is owed for commitments even if nothing runs any more."""
    IDLE = "idle"
    """`figure`: what is paid in a month for committed hours that are not needed."""
    PRICE = "price"
    """Spot prices move: `figure` is what is paid for spot in a month at the prices of the catalogue."""


@dataclass(frozen=True, slots=True)
class Risk:
    """What can go wrong, and what it would cost."""

    kind: RiskKind
    text: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Portfolio:
    """The cheapest cover of the workload, in one region of one provider. Without lines none is possible, and `rejected`
    says why."""

    version: Version
    lines: tuple[PortfolioLine, ...]
    monthly: Figure | None
    """On average; None without lines."""
    total: Figure | None
    """For all months."""
    all_on_demand: Figure | None
    """`total`, if everything ran on the cheapest on-demand offer that satisfies the constraints, whatever region of it;
    None where no such price is known."""
    saving: Figure | None
    """Against `all_on_demand`."""
    saving_percent: Decimal | None
    """Of `all_on_demand`, to a hundredth."""
    commitment_utilisation: Decimal | None
    """Used of paid hours of all commitments, to a ten-thousandth; None without one."""
    interruptible_share: Decimal
    """Of all needed instance-hours, to a ten-thousandth."""
    risks: tuple[Risk, ...]
    rejected: tuple[Rejected, ...]
    optimal: bool
    """Whether nothing can be cheaper; False where a limit of the search was reached."""
