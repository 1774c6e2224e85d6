"""A recommendation's work as a covering problem."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, Final

import numpy as np

from services.pricing.domain.advice.amounts import MONTH
from services.pricing.domain.advice.checks import MOST_INSTANCES, check_share, check_usage, within
from services.pricing.domain.advice.covering import Covering
from services.pricing.domain.advice.errors import RequestInvalid
from services.pricing.domain.money import whole
from services.pricing.domain.offers import COMMITTED, INTERRUPTIBLE, Payment, Purchase

if TYPE_CHECKING:
    from services.pricing.domain.advice.candidates import Candidates, Integers, Mask
    from services.pricing.domain.advice.types.needs import Work
    from services.pricing.domain.advice.types.recommendation import RecommendRequest

DIMENSIONS: Final = ("millicpus", "memory_mib", "milligpus", "instances")
LONGEST_TERM: Final = 36
_MOST: Final = 10**12


@dataclass(frozen=True, slots=True)
class Needed:
    """What a request asks for, with what it leaves open filled in from its constraints."""

    amounts: tuple[int, ...]
    """By DIMENSIONS; 0 is not asked for."""
    hours: Decimal
    interruptible_share: Decimal
    term_months_at_most: int
    capacity_blocks: bool
    instances_at_most: int | None

    @classmethod
    def of(cls, request: RecommendRequest) -> Needed:
        """Checked: raises RequestInvalid."""
        amounts = _amounts(request.work)
        check_usage("usage", request.usage)
        share = _share(request)
        check_share("interruptible_share", share)
        term = _term(request)
        within("term_months_at_most", term, 0)
        if request.instances_at_most is not None:
            within("instances_at_most", request.instances_at_most, 1)
        within("limit", request.limit, 1)
        return cls(
            amounts=amounts,
            hours=request.usage.hours,
            interruptible_share=share,
            term_months_at_most=term,
            capacity_blocks=Purchase.CAPACITY_BLOCK in request.constraints.purchases,
            instances_at_most=request.instances_at_most,
        )

    @property
    def firm(self) -> tuple[int, ...]:
        """What must stay when the interruptible part is gone; rounded up."""
        return tuple(
            int(((1 - self.interruptible_share) * amount).to_integral_value(ROUND_CEILING)) for amount in self.amounts
        )

    @property
    def only_instances(self) -> bool:
        """Whether nothing but a number of equal instances is asked for: then a single offer is always the cheapest."""
        return not any(self.amounts[:-1]) and self.interruptible_share in (0, 1)

    def tolerated(self, candidates: Candidates) -> Mask:
        """Which offers may be a part of the answer at all."""
        allowed = candidates.term <= self.term_months_at_most
        if not self.interruptible_share:
            allowed = allowed & ~candidates.interruptible
        return allowed if self.capacity_blocks else allowed & ~candidates.capacity_block

    def problem(self, candidates: Candidates) -> Covering:
        """The offers' costs in nanos a month, and what one instance of each gives."""
        return Covering(
            cost=_monthly(candidates, self.hours),
            gives=gives(candidates),
            firm=~candidates.interruptible,
            need=np.array(self.amounts, np.int64),
            firm_need=np.array(self.firm, np.int64),
            instances_at_most=self.instances_at_most,
        )


def gives(candidates: Candidates) -> Integers:
    """What one instance has, by DIMENSIONS."""
    index, rows = candidates.index, candidates.rows
    gpus = np.rint(index.gpu_count[rows] * 1000).astype(np.int64)
    return np.column_stack([index.millicpus[rows], index.memory_mib[rows], gpus, np.ones(len(rows), np.int64)])


def _monthly(candidates: Candidates, hours: Decimal) -> Integers:
    prices, inverse = np.unique(candidates.hourly, return_inverse=True)
    whole_months = prices * int(MONTH)
    # Exact even for hours that are no whole number: rounded once, as the figures are.
    in_part = np.array([whole(price * hours) for price in prices.tolist()], np.int64)
    return np.where(candidates.paid_whole, whole_months[inverse], in_part[inverse])


def _amounts(work: Work) -> tuple[int, ...]:
    asked = (work.millicpus, work.memory_mib, None if work.gpus is None else whole(work.gpus * 1000), work.instances)
    for name, amount in zip(DIMENSIONS, asked, strict=True):
        if amount is not None:
            within(f"work.{name}", amount, 1, MOST_INSTANCES if name == "instances" else _MOST)
    if not any(asked):
        raise RequestInvalid("work", "nothing is asked for")
    return tuple(amount or 0 for amount in asked)


def _share(request: RecommendRequest) -> Decimal:
    if request.interruptible_share is not None:
        return request.interruptible_share
    constraints = request.constraints
    return Decimal(bool(constraints.interruptible or not INTERRUPTIBLE.isdisjoint(constraints.purchases)))


def _term(request: RecommendRequest) -> int:
    if request.term_months_at_most is not None:
        return request.term_months_at_most
    constraints = request.constraints
    if constraints.term_months is not None:
        return constraints.term_months
    committed = not COMMITTED.isdisjoint(constraints.purchases)
    return LONGEST_TERM if committed or constraints.payment not in (None, Payment.NOTHING) else 0
