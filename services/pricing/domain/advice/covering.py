"""The cheapest numbers of instances that together give enough of everything: a covering problem in whole numbers.

minimise sum(cost_i x_i) subject to sum(gives_id x_i) >= need_d, the same for what stays when the interruptible ones are
gone, and at most so many instances; x_i whole and not negative. Solved exactly by branch and bound (`solving`), after
what cannot be part of a best answer was left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from services.pricing.domain.advice.checks import MOST_INSTANCES
from services.pricing.domain.advice.solving import Program, solve

if TYPE_CHECKING:
    from services.pricing.domain.advice.candidates import Integers, Mask

MOST_COLUMNS: Final = 400
"""Offers in one problem, behind the filter; the dearest for what they give are left off beyond it."""
_SCALE: Final = 1e6
"""What the dearest offer costs in the solver's numbers, whose absolute tolerance is 1e-6."""


@dataclass(frozen=True, slots=True, eq=False)
class Covering:
    """A problem. Arrays have one row for each offer, columns for each dimension of the work."""

    cost: Integers
    """Of one instance, in any unit: whole, exact."""
    gives: Integers
    firm: Mask
    """What stays."""
    need: Integers
    firm_need: Integers
    """How much must stay; at most `need`."""
    instances_at_most: int | None = None

    def taken(self, columns: npt.NDArray[Any]) -> Covering:
        """The problem with these offers alone."""
        return Covering(
            self.cost[columns], self.gives[columns], self.firm[columns], self.need, self.firm_need,
            self.instances_at_most,
        )  # fmt: skip

    def covered_by(self, counts: Integers) -> bool:
        """Whether these numbers of instances do."""
        enough = bool((counts @ self.gives >= self.need).all())
        stays = bool((np.where(self.firm, counts, 0) @ self.gives >= self.firm_need).all())
        few = self.instances_at_most is None or int(counts.sum()) <= self.instances_at_most
        return enough and stays and few

    def cost_of(self, counts: Integers) -> int:
        """Exact."""
        return sum(int(count) * int(cost) for count, cost in zip(counts, self.cost, strict=True) if count)

    def bound(self) -> float:
        """No answer is cheaper: the dearest dimension at its least cost by the unit; infinite if nothing gives it."""
        least = 0.0
        for who, need in ((np.ones_like(self.firm), self.need), (self.firm, self.firm_need)):
            for dimension in np.flatnonzero(need):
                given = who & (self.gives[:, dimension] > 0)
                if not given.any():
                    return math.inf
                unit = (self.cost[given] / self.gives[given, dimension]).min()
                least = max(least, float(unit * need[dimension]))
        return least


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """An answer."""

    counts: Integers | None
    """One for each offer of the problem; None where none was found."""
    optimal: bool
    """Whether nothing is cheaper; without counts, whether nothing covers the work at all."""


def alone(problem: Covering) -> Integers:
    """How many instances of each offer cover everything without any other; -1 where none do."""
    counts = np.zeros(len(problem.cost), np.int64)
    impossible = ~problem.firm & bool(problem.firm_need.any())
    for dimension in np.flatnonzero(problem.need):
        gives, need = problem.gives[:, dimension], int(problem.need[dimension])
        counts = np.maximum(counts, -(-need // np.maximum(gives, 1)))
        impossible |= gives <= 0
    most = MOST_INSTANCES if problem.instances_at_most is None else problem.instances_at_most
    impossible |= counts > most
    return np.where(impossible, -1, counts)


def cheapest_cover(problem: Covering, time_limit: float) -> Cover:
    """The cheapest numbers of instances; `time_limit` is in seconds."""
    if not len(problem.cost):
        return Cover(None, optimal=True)
    kept = undominated(problem)
    left_off = len(kept) > MOST_COLUMNS
    if left_off:
        kept = _best_value(problem, kept)
    small = problem.taken(kept)
    found = _solved(small, time_limit)
    if found.counts is None:
        return Cover(None, found.optimal and not left_off)
    counts = np.zeros(len(problem.cost), np.int64)
    counts[kept] = found.counts
    return Cover(counts, found.optimal and not left_off)


def undominated(problem: Covering) -> npt.NDArray[np.intp]:
    """The offers that no other replaces: one that costs no more, gives no less of what counts, and stays if this does.

    Of one instance never more counts than the whole need: beyond that, more is not better."""
    useful = np.minimum(problem.gives, problem.need)
    columns = np.column_stack([problem.cost, -useful, ~problem.firm])
    # Of what gives the same the cheapest, in one step: the loop below is for what differs.
    order = np.lexsort(np.column_stack([columns[:, 1:], columns[:, :1]]).T[::-1])
    same = (columns[order][1:, 1:] == columns[order][:-1, 1:]).all(axis=1)
    order = order[np.append(True, ~same)]
    # The cheapest first, and of equal ones those that give more: then only what comes earlier can dominate.
    order = order[np.lexsort(columns[order].T[::-1])]
    kept: list[int] = []
    for position in order.tolist():
        if not (columns[kept] <= columns[position]).all(axis=1).any():
            kept.append(position)
    return np.sort(np.array(kept, np.intp))


def _best_value(problem: Covering, kept: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    share = np.minimum(problem.gives[kept] / np.maximum(problem.need, 1), 1).sum(axis=1)
    value = problem.cost[kept] / np.maximum(share, 1e-12)
    return np.sort(kept[np.argsort(value, kind="stable")[:MOST_COLUMNS]])


def _solved(problem: Covering, time_limit: float) -> Cover:
    rows, least = _rows(problem)
    found = solve(
        Program(
            costs=problem.cost / max(int(problem.cost.max()), 1) * _SCALE,
            whole=np.ones(len(problem.cost)),
            most=_most(problem),
            rows=rows,
            low=least,
            high=np.inf,
        ),
        time_limit,
    )
    if found.values is None:
        return Cover(None, found.proved)
    counts = np.rint(found.values).astype(np.int64)
    return Cover(counts, found.proved) if problem.covered_by(counts) else Cover(None, optimal=False)


def _rows(problem: Covering) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The conditions in the smallest whole numbers, so that the solver's tolerance cannot blur them."""
    rows, least = [], []
    for who, need in ((np.ones_like(problem.firm), problem.need), (problem.firm, problem.firm_need)):
        for dimension in np.flatnonzero(need):
            wanted = int(need[dimension])
            given = np.where(who, np.minimum(problem.gives[:, dimension], wanted), 0)
            divisor = math.gcd(*given.tolist()) or 1
            rows.append(given // divisor)
            least.append(-(-wanted // divisor))
    if problem.instances_at_most is not None:
        rows.append(-np.ones(len(problem.cost), np.int64))
        least.append(-problem.instances_at_most)
    return np.array(rows, np.float64), np.array(least, np.float64)


def _most(problem: Covering) -> npt.NDArray[np.float64]:
    """No best answer has more of one offer than would cover every dimension that it gives."""
    most = np.zeros(len(problem.cost), np.int64)
    for dimension in np.flatnonzero(problem.need):
        gives, need = problem.gives[:, dimension], int(problem.need[dimension])
        most = np.maximum(most, np.where(gives > 0, -(-need // np.maximum(gives, 1)), 0))
    return np.minimum(most, MOST_INSTANCES).astype(np.float64)
