"""Recommending what to buy for a need."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from services.pricing.domain.advice.types.needs import ALWAYS, ONE_INSTANCE

if TYPE_CHECKING:
    from decimal import Decimal

    from services.pricing.domain.advice.types.figures import Figure
    from services.pricing.domain.advice.types.needs import Usage, Work
    from services.pricing.domain.advice.types.rejections import Rejected
    from services.pricing.domain.constraints import Constraints
    from services.pricing.domain.intents import Budget
    from services.pricing.domain.offers import Offer
    from services.pricing.domain.versions import Version


class Together(StrEnum):
    """How close the parts of a mix must be."""

    REGION = "region"
    """In one region of one provider."""
    PROVIDER = "provider"
    ANYWHERE = "anywhere"


@dataclass(frozen=True, slots=True)
class RecommendRequest:
    """A need. Each instance must satisfy `constraints`; all of them together cover `work`."""

    constraints: Constraints
    work: Work = ONE_INSTANCE
    usage: Usage = ALWAYS
    budget: Budget | None = None
    """Options above it are rejected."""
    interruptible_share: Decimal | None = None
    """0 to 1: the part of the work that may be gone when the provider takes away all it may. None is 1 where the
    constraints name an interruptible purchase or say `interruptible`, else 0."""
    term_months_at_most: int | None = None
    """The longest commitment that is accepted, 0 for none. None is any where the constraints name a term, a payment or
    a purchase with a commitment, else 0."""
    instances_at_most: int | None = None
    together: Together = Together.REGION
    limit: int = 10
    """The most options."""


@dataclass(frozen=True, slots=True)
class MixLine:
    """So many instances of one offer."""

    offer: Offer
    count: int
    hourly: Figure
    """Of all `count` while they run."""
    monthly: Figure


@dataclass(frozen=True, slots=True)
class Option:
    """One way to cover the work: a single offer, or a mix of several."""

    lines: tuple[MixLine, ...]
    hourly: Figure
    """While all of it runs."""
    monthly: Figure
    yearly: Figure
    covered: Work
    """What it gives in all, in the dimensions that the request asks for."""
    interruptible_share: Decimal
    """The largest part, over those dimensions, of what it gives that the provider may take away; to a hundredth."""
    above_best: Figure
    """A month's cost above the first option's; zero for the first."""
    explanation: tuple[str, ...]
    """Sentences for a reader: what it gives, what is left over, what must be known."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Options, the cheapest first. Without any, `rejected` says why."""

    version: Version
    hours_a_month: Decimal
    options: tuple[Option, ...]
    """The first is the cheapest way of all, of one offer or several. Behind it stands the cheapest single offer of each
    kind (provider, purchase, term) that would do."""
    rejected: tuple[Rejected, ...]
    optimal: bool
    """Whether no mix can be cheaper than the first option. False where a limit of the search was reached: then it is
    still never dearer than the cheapest single offer."""
