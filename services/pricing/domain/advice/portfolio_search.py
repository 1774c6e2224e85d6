"""The cheapest cover of a workload in one place: how many instances to commit to, the rest on spot and on demand.

With one kind of commitment the best level is where a further instance costs more than the layer of demand that it would
replace: the rule of the critical ratio (the newsvendor's), exact in whole numbers. With several, whose upfront payments
compete for a limited amount, the levels are found by branch and bound (`solving`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from services.pricing.domain.advice.solving import Program, solve

if TYPE_CHECKING:
    from services.pricing.domain.advice.workloads import Demand, Hours

MOST_COMMITMENTS: Final = 50
"""Kinds of commitments in one search, behind the filter."""
MOST_LAYERS: Final = 2_000
"""Layers of demand in one search, behind the filter; beyond it kinds are not mixed."""
_SCALE: Final = 1e6
"""The largest number in the solver's rows, whose absolute tolerance is 1e-6."""


@dataclass(frozen=True, slots=True)
class Commitment:
    """What one committed instance costs."""

    position: int
    """The caller's own."""
    cost: int
    """Nanos for all terms that the workload's months touch."""
    upfront: int
    """Nanos at the beginning."""


@dataclass(frozen=True, slots=True)
class Place:
    """What can be bought in one place. Prices in nanos an hour; None is not offered there."""

    on_demand: int | None
    spot: int | None
    commitments: tuple[Commitment, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """How many of which."""

    committed: tuple[tuple[Commitment, int], ...]
    cost: int
    """Nanos times ticks (see `Demand`), over all months; exact."""
    optimal: bool = True

    @property
    def level(self) -> int:
        """Committed instances."""
        return sum(count for _, count in self.committed)


@dataclass(frozen=True, slots=True)
class Search:
    """A workload that lasts for some months, and the most that may be paid upfront (None: as much as it takes)."""

    demand: Demand
    months: int
    upfront_at_most: int | None = None

    def flexible(self, place: Place, hours: Hours) -> int | None:
        """Nanos times ticks a month of what is not committed; None where it cannot be bought."""
        spot, on_demand = self.spot_used(place, hours), hours.firm
        if not spot:
            on_demand += hours.spot
        if on_demand and place.on_demand is None:
            return None
        return (place.on_demand or 0) * on_demand + (place.spot or 0) * spot

    def spot_used(self, place: Place, hours: Hours) -> int:
        """Ticks on spot: all that may be, where that is cheaper."""
        cheaper = place.spot is not None and (place.on_demand is None or place.spot < place.on_demand)
        return hours.spot if cheaper else 0

    def bound(self, place: Place) -> int | None:
        """No plan is cheaper: the best one if any amount could be paid upfront. None where none covers the demand."""
        plan = replace(self, upfront_at_most=None).best(place, 0, 0)
        return None if plan is None else plan.cost

    def best(self, place: Place, least: int, seconds: float) -> Plan | None:
        """The cheapest plan with at least so many committed instances; None where there is none.

        Kinds of commitments are mixed where that can be cheaper and there is time for it. Without time for it the plan
        is not marked as optimal then."""
        least = max(least, self._mandatory(place))
        offered = undominated(place.commitments, limited=self.upfront_at_most is not None)
        plans = [plan for one in offered if (plan := self._with_one(place, one, least)) is not None]
        if not least and (none := self.flexible(place, self.demand.above(0))) is not None:
            plans.append(Plan((), none * self.months))
        found = min(plans, key=lambda plan: (plan.cost, plan.level), default=None)
        if len(offered) <= 1:
            return found
        return self._with_several(place, offered[:MOST_COMMITMENTS], least, seconds, found)

    def _with_several(
        self, place: Place, offered: tuple[Commitment, ...], least: int, seconds: float, found: Plan | None
    ) -> Plan | None:
        mixed = self._mixed(place, offered, least, seconds) if seconds > 0 else None
        if mixed is None:
            return None if found is None else replace(found, optimal=False)
        # The solver's costs are floats, both costs here are exact.
        return mixed if found is None or mixed.cost < found.cost else replace(found, optimal=mixed.optimal)

    def _mandatory(self, place: Place) -> int:
        """Instances that must be committed to because nothing else is offered for them."""
        if place.on_demand is not None:
            return 0
        return self.demand.peak if place.spot is None else self.demand.most_firm(0)

    def _saving(self, place: Place, instance: int, otherwise: int) -> int:
        """What the committed instance of this number saves over all months, the same for a whole layer; `otherwise`
        where nothing else is offered for it."""
        rest = self.flexible(place, self.demand.layer(instance))
        return otherwise if rest is None else rest * self.months

    def _with_one(self, place: Place, commitment: Commitment, least: int) -> Plan | None:
        most = self.demand.peak
        if self.upfront_at_most is not None and commitment.upfront:
            most = min(most, self.upfront_at_most // commitment.upfront)
        if most < least:
            return None
        cost = commitment.cost * self.demand.ticks
        level = max(least, min(most, self._worthwhile(place, cost)))
        if not level:
            return None
        rest = self.flexible(place, self.demand.above(level))
        return None if rest is None else Plan(((commitment, level),), cost * level + rest * self.months)

    def _worthwhile(self, place: Place, cost: int) -> int:
        """The last instance that saves more than it costs. Savings never grow upwards: a binary search over layers."""
        edges = self.demand.edges
        low, high = 0, len(edges) - 1
        while low < high:
            middle = (low + high + 1) // 2
            if self._saving(place, edges[middle], cost + 1) > cost:
                low = middle
            else:
                high = middle - 1
        return edges[low]

    def _mixed(self, place: Place, offered: tuple[Commitment, ...], least: int, seconds: float) -> Plan | None:
        costs = [one.cost * self.demand.ticks for one in offered]
        base, edges = self._in_question(place, offered, least)
        if len(edges) > MOST_LAYERS:
            return None
        sizes = [high - low for low, high in pairwise(edges)]
        savings = [self._saving(place, high, max(costs)) for high in edges[1:]]
        scale = _SCALE / max(*costs, *savings, 1)
        kinds, layers = len(offered), len(sizes)
        used = np.concatenate([np.ones(kinds), -np.ones(layers)])
        level = np.concatenate([np.ones(kinds), np.zeros(layers)])
        upfront = np.concatenate([[one.upfront for one in offered], np.zeros(layers)])
        limit = float(self.upfront_at_most or 0)
        per_nano = _SCALE / max(limit, float(upfront.max()), 1.0)
        solution = solve(
            Program(
                costs=np.array([*costs, *(-saving for saving in savings)], np.float64) * scale,
                whole=np.concatenate([np.ones(kinds), np.zeros(layers)]),
                most=np.array([*[self.demand.peak] * kinds, *sizes], np.float64),
                rows=np.array([used, level, upfront * per_nano]),
                low=np.array([base, base, -np.inf]),
                high=np.array([np.inf, np.inf, limit * per_nano]),
            ),
            seconds,
        )
        if solution.values is None:
            return None
        counts = [round(float(count)) for count in solution.values[:kinds]]
        committed = tuple((one, count) for one, count in zip(offered, counts, strict=True) if count)
        return self._checked(place, committed, least, optimal=solution.proved)

    def _in_question(self, place: Place, offered: tuple[Commitment, ...], least: int) -> tuple[int, list[int]]:
        """A level that the best plan reaches for certain, and the edges of the layers above it that it may cover.

        It covers no layer that saves less than the cheapest kind costs. Where the dearest needs nothing upfront, more
        of it is always possible: then every layer that saves more than this one costs is covered."""
        ticks, edges = self.demand.ticks, self.demand.edges
        base = least
        if not offered[-1].upfront:
            base = max(base, self._worthwhile(place, offered[-1].cost * ticks))
        top = max(base, self._worthwhile(place, offered[0].cost * ticks))
        return base, [base, *(edge for edge in edges if base < edge < top), *([top] if top > base else [])]

    def _checked(
        self, place: Place, committed: tuple[tuple[Commitment, int], ...], least: int, *, optimal: bool
    ) -> Plan | None:
        """The plan with its exact cost; None where the solver's tolerance let it break a limit."""
        level = sum(count for _, count in committed)
        paid = sum(one.upfront * count for one, count in committed)
        rest = self.flexible(place, self.demand.above(level))
        if rest is None or level < least or (self.upfront_at_most is not None and paid > self.upfront_at_most):
            return None
        cost = sum(one.cost * count for one, count in committed) * self.demand.ticks
        return Plan(committed, cost + rest * self.months, optimal)


def undominated(commitments: tuple[Commitment, ...], *, limited: bool) -> tuple[Commitment, ...]:
    """Those that no other beats: in cost alone, or in cost and upfront payment where the latter is limited."""
    kept: list[Commitment] = []
    for one in sorted(commitments, key=lambda each: (each.cost, each.upfront, each.position)):
        if not kept or (limited and one.upfront < kept[-1].upfront):
            kept.append(one)
    return tuple(kept)
