"""The cheapest portfolio of commitments, spot and on demand for a workload that changes over time."""

from __future__ import annotations

import time
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import numpy as np

from services.pricing.domain.advice import amounts, losing, solving
from services.pricing.domain.advice.candidates import Candidates, option_class
from services.pricing.domain.advice.checks import check_share, within
from services.pricing.domain.advice.errors import RequestInvalid
from services.pricing.domain.advice.portfolio_lines import Drawn, all_on_demand, lines_of, risks_of, utilisation_of
from services.pricing.domain.advice.portfolio_offers import Offered
from services.pricing.domain.advice.portfolio_search import Search
from services.pricing.domain.advice.types.portfolio import Portfolio, PortfolioLine, PortfolioRequest
from services.pricing.domain.advice.types.rejections import Lost, Rejected
from services.pricing.domain.advice.workloads import Demand, demand_of
from services.pricing.domain.offers import INTERRUPTIBLE, Purchase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from services.pricing.domain.advice.candidates import Integers
    from services.pricing.domain.advice.types.figures import Figure
    from services.pricing.domain.advice.types.rejections import OptionClass
    from services.pricing.domain.index import CatalogueIndex

MOST_MONTHS: Final = 120
SECONDS: Final = 1.0
"""The most that all searches for a mix of commitments of one request take together."""


def portfolio(
    index: CatalogueIndex,
    request: PortfolioRequest,
    *,
    explained: bool = True,
    clock: Callable[[], float] = time.monotonic,
) -> Portfolio:
    """The cheapest cover of the workload in one region of one provider; unless `explained`, without saying why others
    lost, which takes most of the time. Raises RequestInvalid.

    `clock` counts seconds; searches end after SECONDS of it, which the answer says.
    """
    demand = _checked(request)
    limit = request.upfront_at_most
    search = Search(demand, request.months, None if limit is None else limit.nanos)
    offered = Offered(Candidates.of(index, request.constraints), request)
    found = _best(search, offered, clock)
    on_demand = all_on_demand(offered.candidates, demand, request.months)
    rejected: tuple[Rejected, ...] = ()
    if explained:
        unmatched = losing.Unmatched(index, request.constraints)
        rejected = (*_others(search, offered, found), *unmatched.rejections())
    if found is None:
        return _nothing(index, on_demand, rejected)
    lines = lines_of(found, offered, search)
    total = amounts.added([line.total for line in lines], request.constraints.currency)
    saving = None if on_demand is None else amounts.less(on_demand, total)
    return Portfolio(
        version=index.version,
        lines=lines,
        monthly=amounts.added([line.monthly for line in lines], request.constraints.currency),
        total=total,
        all_on_demand=on_demand,
        saving=saving,
        saving_percent=None if saving is None or on_demand is None else amounts.per_cent(saving.money, on_demand.money),
        commitment_utilisation=utilisation_of(lines),
        interruptible_share=found.interruptible_share(search),
        risks=tuple(risks_of(found, lines, offered)),
        rejected=tuple(_once(rejected, lines)),
        optimal=found.plan.optimal,
    )


def _nothing(index: CatalogueIndex, on_demand: Figure | None, rejected: tuple[Rejected, ...]) -> Portfolio:
    return Portfolio(
        version=index.version,
        lines=(),
        monthly=None,
        total=None,
        all_on_demand=on_demand,
        saving=None,
        saving_percent=None,
        commitment_utilisation=None,
        interruptible_share=Decimal(0),
        risks=(),
        rejected=tuple(_once(rejected, ())),
        optimal=True,
    )


def _checked(request: PortfolioRequest) -> Demand:
    check_share("interruptible_share", request.interruptible_share)
    within("months", request.months, 1, MOST_MONTHS)
    within("term_months_at_most", request.term_months_at_most, 0)
    within("workload.baseline", request.workload.baseline, 0)
    limit = request.upfront_at_most
    if limit is not None:
        within("upfront_at_most", limit.nanos, 0)
        if limit.currency != request.constraints.currency:
            raise RequestInvalid("upfront_at_most", f"prices are in {request.constraints.currency}")
    return demand_of(request.workload, request.interruptible_share)


def _best(search: Search, offered: Offered, clock: Callable[[], float]) -> Drawn | None:
    """The cheapest plan of all places. What no plan of a place can be cheaper than says which are worth a search."""
    places = [
        (bound, place, chosen) for place, chosen in offered.places() if (bound := search.bound(place)) is not None
    ]
    places.sort(key=lambda each: each[0])
    solving.load()
    deadline = clock() + SECONDS
    found: Drawn | None = None
    for bound, place, chosen in places:
        if found is not None and bound >= found.plan.cost:
            break
        plan = search.best(place, 0, deadline - clock())
        if plan is not None and (found is None or plan.cost < found.plan.cost):
            surely = plan.optimal and (found is None or found.plan.optimal)
            found = Drawn(replace(plan, optimal=surely), place, chosen)
        elif plan is not None and found is not None and not plan.optimal:
            found = Drawn(replace(found.plan, optimal=False), found.place, found.chosen)
    return found


def _others(search: Search, offered: Offered, best: Drawn | None) -> Iterator[Rejected]:
    """Why each kind that satisfies the constraints of one instance is not part of the answer."""
    candidates, request = offered.candidates, offered.request
    for kind in np.unique(candidates.kind).tolist():
        options = option_class(kind)
        members = np.flatnonzero(candidates.kind == kind)
        cheapest = int(members[np.argmin(candidates.hourly[members])])
        offer = candidates.offer(cheapest)
        if options.purchase is Purchase.CAPACITY_BLOCK or options.term_months > request.term_months_at_most:
            yield losing.too_long(options, request.term_months_at_most, offer)
        elif options.purchase in INTERRUPTIBLE and not request.interruptible_share:
            yield losing.interruptible(options, offer)
        else:
            usable = members[offered.tolerated[members]]
            other = _forced(search, offered, kind, usable) if len(usable) else None
            yield _loss(search, options, offered, cheapest, other, best)


def _forced(search: Search, offered: Offered, kind: int, usable: Integers) -> Drawn | None:
    """A good plan that uses the kind, with on demand beside it, in the region of its cheapest offer."""
    candidates = offered.candidates
    first = int(usable[np.argmin(candidates.hourly[usable])])
    there = np.flatnonzero(offered.tolerated & (candidates.place == candidates.place[first]))
    place, chosen = offered.place_of(offered.using(kind, there))
    purchase = option_class(kind).purchase
    if purchase in INTERRUPTIBLE and place.on_demand is not None and place.spot is not None:
        # Dearer than on demand it would not be used at all: what it would cost if it were.
        place = replace(place, on_demand=max(place.on_demand, place.spot + 1))
        plan = search.best(place, 0, 0)
    else:
        plan = search.best(place, 1 if place.commitments else 0, 0)
    return None if plan is None else Drawn(plan, place, chosen)


def _loss(
    search: Search, options: OptionClass, offered: Offered, cheapest: int, other: Drawn | None, best: Drawn | None
) -> Rejected:
    offer = offered.candidates.offer(cheapest)
    limited = offered.request.upfront_at_most is not None
    if other is None and limited and options.term_months:
        text = f"{losing.bought(options)}: needs more money at the beginning than is accepted, or does not say how much"
        return Rejected(options, Lost.UPFRONT_TOO_HIGH, text, offer=offer)
    if other is None or best is None:
        return losing.breaks(options, "workload", offer)
    currency, lines = offer.hourly.currency, lines_of(other, offered, search)
    ours = amounts.added([line.monthly for line in lines_of(best, offered, search)], currency)
    theirs = amounts.added([line.monthly for line in lines], currency)
    used = next((line for line in lines if losing.class_of(line.offer) == options), None)
    difference = amounts.less(theirs, ours)
    text = f"{losing.bought(options)}: a portfolio that uses it is dearer by {difference.money.shown} a month"
    if used is not None:
        text += f", with {used.instances} x {used.offer.key.instance_type}"
    return losing.dearer(used.offer if used is not None else offer, difference, text)


def _once(rejected: tuple[Rejected, ...], lines: tuple[PortfolioLine, ...]) -> Iterator[Rejected]:
    seen = {losing.class_of(line.offer) for line in lines}
    for each in rejected:
        if each.options not in seen:
            seen.add(each.options)
            yield each
