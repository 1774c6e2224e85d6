"""A portfolio as it is shown: lines, risks, and what all on demand would cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Final

import numpy as np

from services.pricing.domain.advice import amounts
from services.pricing.domain.advice.portfolio_offers import Chosen, Offered, terms_of
from services.pricing.domain.advice.types.figures import Figure
from services.pricing.domain.advice.types.portfolio import PortfolioLine, Risk, RiskKind, Role
from services.pricing.domain.money import HOURS_A_MONTH, Money, whole
from services.pricing.domain.offers import COMMITTED, INTERRUPTIBLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from services.pricing.domain.advice.candidates import Candidates
    from services.pricing.domain.advice.portfolio_search import Place, Plan, Search
    from services.pricing.domain.advice.workloads import Demand, Hours
    from services.pricing.domain.offers import Offer

_TEN_THOUSANDTH: Final = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A plan, the place that it was made for, and the place's offers."""

    plan: Plan
    place: Place
    chosen: Chosen

    def rest(self, search: Search) -> tuple[int, int]:
        """Ticks a month beyond the commitments: on demand, on spot."""
        hours: Hours = search.demand.above(self.plan.level)
        spot = search.spot_used(self.place, hours)
        return hours.firm + hours.spot - spot, spot

    def interruptible_share(self, search: Search) -> Decimal:
        """Spot's part of all needed instance-hours."""
        needed = search.demand.hours
        return _share(self.rest(search)[1], needed.firm + needed.spot)


def lines_of(drawn: Drawn, offered: Offered, search: Search) -> tuple[PortfolioLine, ...]:
    """Commitments, the cheapest by the hour at the bottom of the demand; then on demand, then spot."""
    return (*_committed(drawn, offered, search), *_flexible(drawn, offered, search))


def _committed(drawn: Drawn, offered: Offered, search: Search) -> Iterator[PortfolioLine]:
    low, demand = 0, search.demand
    for commitment, count in sorted(drawn.plan.committed, key=lambda pair: pair[0].cost):
        offer = offered.candidates.offer(commitment.position)
        months = terms_of(offer.key.term_months, search.months)
        total = amounts.over_months(offer, count, months)
        yield PortfolioLine(
            offer=offer,
            role=Role.COMMITMENT if offer.key.purchase in COMMITTED else Role.ON_DEMAND,
            instances=count,
            paid_hours=_rounded(Decimal(count * HOURS_A_MONTH * months) / search.months),
            used_hours=_hours(_ticks(demand.above(low)) - _ticks(demand.above(low + count)), demand),
            monthly=_average(total, search.months),
            total=total,
            upfront=amounts.upfront_of(offer, count),
        )
        low += count


def _flexible(drawn: Drawn, offered: Offered, search: Search) -> Iterator[PortfolioLine]:
    demand, level = search.demand, drawn.plan.level
    on_demand, spot = drawn.rest(search)
    most_spot = demand.most_spot(level)
    most_firm = demand.most_firm(level) if spot else demand.peak - level
    for role, position, ticks, most in (
        (Role.ON_DEMAND, drawn.chosen.on_demand, on_demand, most_firm),
        (Role.SPOT, drawn.chosen.spot, spot, most_spot),
    ):
        if not ticks or position is None:
            continue
        offer = offered.candidates.offer(position)
        hours = _hours(ticks, demand)
        yield PortfolioLine(
            offer=offer,
            role=role,
            instances=most,
            paid_hours=hours,
            used_hours=hours,
            monthly=_hourly_cost(offer, ticks, demand, 1),
            total=_hourly_cost(offer, ticks, demand, search.months),
            upfront=None,
        )


def _hourly_cost(offer: Offer, ticks: int, demand: Demand, months: int) -> Figure:
    exact = Decimal(offer.hourly.nanos * ticks * months) / demand.ticks
    formula = f"{offer.hourly}/h x {amounts.number(Decimal(ticks) / demand.ticks)} instance-hours"
    if months > 1:
        formula += f" x {months} months"
    return Figure(Money(whole(exact), offer.hourly.currency), formula, (offer,))


def _average(total: Figure, months: int) -> Figure:
    money = Money(whole(Decimal(total.money.nanos) / months), total.money.currency)
    return Figure(money, f"{total.money} / {months} months", total.offers)


def all_on_demand(candidates: Candidates, demand: Demand, months: int) -> Figure | None:
    """The whole workload on the cheapest offer that is paid by the hour and not taken away; None without one."""
    plain = np.flatnonzero(~candidates.interruptible & ~candidates.paid_whole)
    if not len(plain):
        return None
    offer = candidates.offer(int(plain[np.argmin(candidates.hourly[plain])]))
    return _hourly_cost(offer, _ticks(demand.hours), demand, months)


def utilisation_of(lines: Sequence[PortfolioLine]) -> Decimal | None:
    """The part of the committed hours that is needed."""
    committed = [line for line in lines if line.role is Role.COMMITMENT]
    paid = sum((line.paid_hours for line in committed), Decimal(0))
    if not paid:
        return None
    used = sum((line.used_hours for line in committed), Decimal(0))
    return (used / paid).quantize(_TEN_THOUSANDTH, ROUND_HALF_EVEN)


def risks_of(drawn: Drawn, lines: Sequence[PortfolioLine], offered: Offered) -> Iterator[Risk]:
    """What can go wrong, with its cost."""
    committed = [line for line in lines if line.role is Role.COMMITMENT]
    if committed:
        owed = amounts.added([line.total for line in committed], committed[0].offer.hourly.currency)
        yield Risk(
            RiskKind.COMMITTED, f"{owed.money.shown} is owed for commitments even if nothing runs any more", owed
        )
    for line in committed:
        idle = line.paid_hours - line.used_hours
        if idle > 0:
            yield _idle(line, idle)
    for line in lines:
        if line.offer.key.purchase in INTERRUPTIBLE:
            yield _interruption(drawn, line, offered)
            text = f"prices of spot move: {line.monthly.money.shown} a month holds at the catalogue's prices"
            yield Risk(RiskKind.PRICE, text, line.monthly)


def _idle(line: PortfolioLine, idle: Decimal) -> Risk:
    cost = line.offer.hourly.times(idle)
    figure = Figure(cost, f"{line.offer.hourly}/h x {amounts.number(idle)} h", (line.offer,))
    text = f"{cost} a month is paid for hours of {line.offer.key.instance_type} in which nobody needs it"
    return Risk(RiskKind.IDLE, text, figure)


def _interruption(drawn: Drawn, line: PortfolioLine, offered: Offered) -> Risk:
    if drawn.chosen.on_demand is None:
        text = f"up to {line.instances} instances may be taken away, with nothing on demand in their region instead"
        return Risk(RiskKind.INTERRUPTION, text, line.monthly)
    other = offered.candidates.offer(drawn.chosen.on_demand)
    instead = Figure(
        other.hourly.times(line.paid_hours), f"{other.hourly}/h x {amounts.number(line.paid_hours)} h", (other,)
    )
    more = amounts.less(instead, line.monthly)
    text = f"up to {line.instances} instances may be taken away; on demand they cost {more.money.shown} a month more"
    return Risk(RiskKind.INTERRUPTION, text, more)


def _ticks(hours: Hours) -> int:
    return hours.firm + hours.spot


def _hours(ticks: int, demand: Demand) -> Decimal:
    return _rounded(Decimal(ticks) / demand.ticks)


def _rounded(hours: Decimal) -> Decimal:
    return hours.quantize(_TEN_THOUSANDTH, ROUND_HALF_EVEN)


def _share(part: int, of: int) -> Decimal:
    return (Decimal(part) / of).quantize(_TEN_THOUSANDTH, ROUND_HALF_EVEN)
