"""What to buy for a need: the cheapest single offers, and mixes where they are cheaper still."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from services.pricing.domain.advice import amounts, losing, solving
from services.pricing.domain.advice.candidates import Candidates, option_class
from services.pricing.domain.advice.covering import Covering, alone, cheapest_cover
from services.pricing.domain.advice.needed import Needed
from services.pricing.domain.advice.options import Counted, cost_of, option_of
from services.pricing.domain.advice.spending import budget_excess
from services.pricing.domain.advice.types.recommendation import Option, Recommendation, RecommendRequest, Together
from services.pricing.domain.advice.types.rejections import Lost, Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from services.pricing.domain.advice.candidates import Integers, Mask
    from services.pricing.domain.index import CatalogueIndex

SECONDS: Final = 1.0
"""The most that all searches for a mix of one request take together."""


def recommend(
    index: CatalogueIndex, request: RecommendRequest, clock: Callable[[], float] = time.monotonic
) -> Recommendation:
    """The cheapest ways to cover the work, and why the others lost. Raises RequestInvalid.

    `clock` counts seconds; a search for mixes ends after SECONDS of it, which the answer says.
    """
    needed = Needed.of(request)
    matching = Candidates.of(index, request.constraints)
    tolerated = needed.tolerated(matching)
    search = _Search.over(matching.where(tolerated), needed, request.together)
    singles = search.singles()
    best = min(singles.values(), key=lambda counted: cost_of(counted, needed.hours).nanos, default=None)
    mix, optimal = (None, True) if needed.only_instances else search.mix(best, clock)
    if mix is not None and (best is None or cost_of(mix, needed.hours) < cost_of(best, needed.hours)):
        best = mix
    options = _options(best, singles, needed)
    kept, over_budget = _within_budget(options, request)
    rejected = [
        *over_budget,
        *_lost(kept),
        *_intolerable(matching, tolerated, singles, needed),
        *losing.Unmatched(index, request.constraints).rejections(),
    ]
    return Recommendation(
        version=index.version,
        hours_a_month=needed.hours,
        options=tuple(kept[: request.limit]),
        rejected=tuple(_once(rejected, kept)),
        optimal=optimal,
    )


@dataclass(frozen=True, slots=True)
class _Search:
    """The tolerated offers and the problem of covering the work with them."""

    candidates: Candidates
    needed: Needed
    problem: Covering
    groups: Integers
    """Offers of one number may be mixed."""

    @classmethod
    def over(cls, candidates: Candidates, needed: Needed, together: Together) -> _Search:
        if together is Together.REGION:
            groups = candidates.place
        elif together is Together.PROVIDER:
            groups = candidates.provider
        else:
            groups = np.zeros(len(candidates), np.int64)
        return cls(candidates, needed, needed.problem(candidates), groups)

    def singles(self) -> dict[int, Counted]:
        """By kind: the cheapest offer that covers everything without another."""
        counts = alone(self.problem)
        feasible = np.flatnonzero(counts >= 0)
        kinds = self.candidates.kind[feasible]
        return {int(kind): self._cheapest(feasible[kinds == kind], counts) for kind in np.unique(kinds)}

    def _cheapest(self, positions: Integers, counts: Integers) -> Counted:
        # Floats find the few that may be the cheapest, whole numbers of any length decide.
        rough = self.problem.cost[positions].astype(np.float64) * counts[positions]
        near = positions[rough <= rough.min() * (1 + 1e-9)]
        best = min(near.tolist(), key=lambda each: int(self.problem.cost[each]) * int(counts[each]))
        return ((self.candidates.offer(best), int(counts[best])),)

    def mix(self, best: Counted | None, clock: Callable[[], float]) -> tuple[Counted | None, bool]:
        """The cheapest mix that is cheaper than the best single offer, and whether none can be cheaper than it."""
        least = np.inf if best is None else float(cost_of(best, self.needed.hours).nanos)
        found: Counted | None = None
        solving.load()
        optimal, deadline = True, clock() + SECONDS
        for bound, members in sorted(self._places(), key=lambda place: place[0]):
            if bound >= least:
                break
            left = deadline - clock()
            if left <= 0:
                return found, False
            cover = cheapest_cover(self.problem.taken(members), left)
            optimal &= cover.optimal
            if cover.counts is None:
                continue
            mix = self._counted(members, cover.counts)
            cost = cost_of(mix, self.needed.hours).nanos
            if cost < least:
                least, found = cost, mix
        return found, optimal

    def _places(self) -> Iterator[tuple[float, Integers]]:
        for group in np.unique(self.groups):
            members = np.flatnonzero(self.groups == group)
            bound = self.problem.taken(members).bound()
            if bound != np.inf:
                # The bound is made of floats: a little less is surely one.
                yield bound * (1 - 1e-9), members

    def _counted(self, members: Integers, counts: Integers) -> Counted:
        return tuple(
            (self.candidates.offer(int(member)), int(count))
            for member, count in zip(members, counts, strict=True)
            if count
        )


def _options(best: Counted | None, singles: dict[int, Counted], needed: Needed) -> list[Option]:
    if best is None:
        return []
    month = amounts.added([amounts.monthly(offer, count, needed.hours) for offer, count in best], _currency(best))
    others = [counted for counted in singles.values() if counted != best]
    return sorted(
        (option_of(counted, needed, month) for counted in (best, *others)),
        key=lambda option: option.monthly.money.nanos,
    )


def _currency(counted: Counted) -> str:
    return counted[0][0].hourly.currency


def _within_budget(options: list[Option], request: RecommendRequest) -> tuple[list[Option], list[Rejected]]:
    if request.budget is None:
        return options, []
    kept, rejected = [], []
    for option in options:
        excess = budget_excess(request.budget, option.hourly, option.monthly)
        if excess is None:
            kept.append(option)
        else:
            offer = option.lines[0].offer
            text = f"{' + '.join(f'{line.count} x {line.offer.key.instance_type}' for line in option.lines)}: "
            text += f"{excess.money.shown} a {request.budget.per} above the budget"
            options_class = losing.class_of(offer)
            rejected.append(Rejected(options_class, Lost.OVER_BUDGET, text, offer=offer, difference=excess))
    return kept, rejected


def _lost(kept: list[Option]) -> Iterator[Rejected]:
    """Every single offer behind the first option."""
    for option in kept[1:]:
        yield losing.dearer(option.lines[0].offer, option.above_best)


def _intolerable(
    matching: Candidates, tolerated: Mask, singles: dict[int, Counted], needed: Needed
) -> Iterator[Rejected]:
    """Kinds whose offers satisfy the constraints of one instance, and yet none covers the work alone."""
    for kind in np.unique(matching.kind).tolist():
        if kind in singles:
            continue
        members = np.flatnonzero(matching.kind == kind)
        first = int(members[np.argmin(matching.hourly[members])])
        options, offer = option_class(kind), matching.offer(first)
        if matching.term[first] > needed.term_months_at_most or matching.capacity_block[first]:
            yield losing.too_long(options, needed.term_months_at_most, offer)
        elif matching.interruptible[first] and needed.interruptible_share < 1:
            yield losing.interruptible(options, offer)
        else:
            yield losing.breaks(options, _uncovered(matching.where(members), needed), offer)


def _uncovered(candidates: Candidates, needed: Needed) -> str:
    unlimited = replace(needed, instances_at_most=None).problem(candidates)
    return "instances_at_most" if (alone(unlimited) >= 0).any() else "work"


def _once(rejected: list[Rejected], kept: list[Option]) -> Iterator[Rejected]:
    """One reason for each kind, the first; none for what the first option is made of."""
    seen = {losing.class_of(line.offer) for option in kept[:1] for line in option.lines}
    for each in rejected:
        if each.options not in seen:
            seen.add(each.options)
            yield each
