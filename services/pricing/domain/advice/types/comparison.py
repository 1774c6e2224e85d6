"""Comparing offers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from services.pricing.domain.advice.types.needs import ALWAYS

if TYPE_CHECKING:
    from services.pricing.domain.advice.types.figures import Figure
    from services.pricing.domain.advice.types.needs import Usage, Wanted
    from services.pricing.domain.offers import Offer
    from services.pricing.domain.versions import Version


class Split(StrEnum):
    """Of what a need is resolved to the best offer of each."""

    PROVIDER = "provider"
    REGION = "region"
    """Of one provider: regions of different providers are never the same one."""
    PURCHASE = "purchase"
    """With its term."""


@dataclass(frozen=True, slots=True)
class CompareRequest:
    """Offers to be set side by side."""

    subjects: tuple[Wanted, ...]
    """1 to 100, all of one currency."""
    split: tuple[Split, ...] = (Split.PROVIDER,)
    """A need stands for the cheapest offer of each combination of these; empty for the cheapest of all."""
    quantity: int = 1
    """Instances of each. `hourly`, `monthly` and `yearly` are for all of them."""
    usage: Usage = ALWAYS
    """What is paid for its whole term, or whose price assumes a whole month, counts with 730 hours all the same."""
    limit: int = 50
    """The most rows; the cheapest are kept."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How much dearer than the cheapest row. All zero for the cheapest."""

    hourly: Figure
    monthly: Figure
    yearly: Figure
    percent: Decimal | None
    """Of the cheapest row's monthly cost, to a hundredth; None where that is zero."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One row."""

    offer: Offer
    subject: int
    """The first of the request's subjects that it stands for, counted from 0."""
    hourly: Figure
    """While it runs."""
    monthly: Figure
    yearly: Figure
    """Twelve months."""
    difference: Difference
    per_vcpu: Figure | None
    """An hour of one vCPU; None without one."""
    per_gib: Figure | None
    """An hour of one GiB of memory; None where the memory is unknown."""
    per_gpu: Figure | None
    """An hour of one whole GPU; None without one."""
    upfront: Figure | None
    """What is paid at the beginning, as a part of the term's cost; None where nothing is or the source does not say."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Rows, the cheapest by the month first."""

    version: Version
    hours_a_month: Decimal
    rows: tuple[Compared, ...]
    missing: tuple[int, ...]
    """Subjects, counted from 0, for which the catalogue has no offer."""
    left_off: int
    """Rows that `limit` left off."""
