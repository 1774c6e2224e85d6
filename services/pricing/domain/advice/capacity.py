"""How many instances a load needs, and the cheapest and the safest way to buy them.

Little's law (John Little, 1961: in a stable system the mean number of requests inside is the rate times the mean time
that each spends there) gives the requests that are worked on at a time: rate x latency. Over the concurrency of one
instance, with the peak factor and the margin, that is the number of instances, rounded up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Final

import numpy as np

from services.pricing.domain.advice import amounts
from services.pricing.domain.advice.checks import MOST_INSTANCES, check_share, within
from services.pricing.domain.advice.errors import RequestInvalid
from services.pricing.domain.advice.portfolios import portfolio
from services.pricing.domain.advice.scaling import HOURS_A_DAY, event_driven, scheduled
from services.pricing.domain.advice.types.capacity import (
    Capacity,
    CapacityLine,
    CapacityPlan,
    HourOfDay,
    PlanCapacityRequest,
    Strategy,
)
from services.pricing.domain.advice.types.portfolio import PortfolioRequest, Role, Workload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.pricing.domain.advice.types.capacity import Shape
    from services.pricing.domain.advice.types.portfolio import Portfolio
    from services.pricing.domain.advice.types.rejections import Rejected
    from services.pricing.domain.constraints import Constraints
    from services.pricing.domain.index import CatalogueIndex

MOST_SHAPES: Final = 20
MOST_ZONES: Final = 10
MOST_SIZES: Final = 64
"""Numbers of vCPUs that are tried for one shape; the smallest ones."""
_MONTHS_WITHOUT_TERM: Final = 1
"""Any number will do: without a commitment all months cost the same."""


def plan_capacity(index: CatalogueIndex, request: PlanCapacityRequest) -> Capacity:
    """The cheapest and the safest plan. Raises RequestInvalid."""
    _check(request)
    sizes = [size for shape in request.shapes for size in _sizes(index, shape)]
    plans = []
    rejected: tuple[Rejected, ...] = ()
    for strategy in Strategy:
        best = _best(index, request, strategy, sizes)
        # Without a plan, the first shape's offers say why there is none.
        for size in sizes[:1] if best is None else [best]:
            hours = _hours(request, strategy, size.concurrency)
            found = portfolio(index, _portfolio_request(request, strategy, size, hours))
            rejected = rejected or found.rejected
            if found.monthly is not None:
                plans.append(_plan(request, strategy, size, found, hours))
    plans.sort(key=lambda plan: plan.monthly.money.nanos)
    return Capacity(index.version, tuple(plans), rejected)


@dataclass(frozen=True, slots=True)
class _Size:
    """Instances that all work on as many requests at a time."""

    constraints: Constraints
    concurrency: Decimal


def _sizes(index: CatalogueIndex, shape: Shape) -> Iterator[_Size]:
    if shape.concurrency is not None:
        yield _Size(shape.constraints, shape.concurrency)
        return
    millicpus = np.unique(index.millicpus[index.select(shape.constraints)])
    for size in millicpus[millicpus > 0][:MOST_SIZES].tolist():
        exactly = replace(shape.constraints, millicpus_at_least=size, millicpus_at_most=size)
        yield _Size(exactly, Decimal(size) / 1000 * (shape.concurrency_per_vcpu or Decimal(0)))


def _best(index: CatalogueIndex, request: PlanCapacityRequest, strategy: Strategy, sizes: list[_Size]) -> _Size | None:
    costs: list[tuple[int, int, _Size]] = []
    for size in sizes:
        hours = _hours(request, strategy, size.concurrency)
        found = portfolio(index, _portfolio_request(request, strategy, size, hours), explained=False)
        if found.monthly is not None:
            costs.append((found.monthly.money.nanos, len(costs), size))
    return min(costs)[-1] if costs else None


def _portfolio_request(
    request: PlanCapacityRequest, strategy: Strategy, size: _Size, hours: tuple[HourOfDay, ...]
) -> PortfolioRequest:
    safest = strategy is Strategy.SAFEST
    return PortfolioRequest(
        constraints=replace(size.constraints, interruptible=False) if safest else size.constraints,
        workload=Workload(profile=tuple(hour.running for hour in hours)),
        months=request.term_months_at_most or _MONTHS_WITHOUT_TERM,
        interruptible_share=Decimal(0) if safest else request.interruptible_share,
        term_months_at_most=request.term_months_at_most,
    )


def needed(request: PlanCapacityRequest, rate: Decimal, concurrency: Decimal) -> int:
    """Instances that a rate keeps busy at its peak, with the margin."""
    inside = Fraction(rate) * Fraction(request.peak_factor) * Fraction(request.latency_seconds)
    return ceil(inside * (1 + Fraction(request.margin)) / Fraction(concurrency))


def _hours(request: PlanCapacityRequest, strategy: Strategy, concurrency: Decimal) -> tuple[HourOfDay, ...]:
    rates = request.profile or (request.rate,) * HOURS_A_DAY
    counts = [needed(request, rate, concurrency) for rate in rates]
    if strategy is Strategy.SAFEST:
        running = [_zonal(max(counts), request)] * HOURS_A_DAY
    else:
        running = [count and count + request.spare_instances for count in counts]
    within("rate", max(running), 1, MOST_INSTANCES)
    return tuple(HourOfDay(hour, counts[hour], running[hour]) for hour in range(HOURS_A_DAY))


def _zonal(count: int, request: PlanCapacityRequest) -> int:
    """Equally many in each zone, so that what is left of the zones carries the peak, and so do all less the spares."""
    each = max(
        -(-count // (request.zones - request.zones_lost)), -(-(count + request.spare_instances) // request.zones)
    )
    return each * request.zones


def _plan(
    request: PlanCapacityRequest, strategy: Strategy, size: _Size, found: Portfolio, hours: tuple[HourOfDay, ...]
) -> CapacityPlan:
    assert found.monthly is not None
    busiest = max(hours, key=lambda hour: hour.running)
    return CapacityPlan(
        strategy=strategy,
        lines=tuple(CapacityLine(line.offer, line.instances, line.paid_hours, line.monthly) for line in found.lines),
        instances=busiest.running,
        concurrency=size.concurrency,
        monthly=found.monthly,
        yearly=amounts.twelvefold(found.monthly),
        hours=hours,
        formula=_formula(request, strategy, size.concurrency, busiest),
        scheduled=scheduled(hours, request.start_seconds),
        event_driven=event_driven(request, size.concurrency, hours),
        survives=tuple(_survives(request, strategy, found)),
    )


def _formula(request: PlanCapacityRequest, strategy: Strategy, concurrency: Decimal, busiest: HourOfDay) -> str:
    rate = max(request.profile) if request.profile else request.rate
    factors = (rate, request.peak_factor, request.latency_seconds, 1 + request.margin, concurrency)
    given, peak, latency, margin, each = (amounts.number(factor) for factor in factors)
    said = f"{given}/s x {peak} x {latency} s x {margin} / {each}, rounded up: {busiest.needed}"
    if strategy is Strategy.SAFEST and request.zones > 1:
        return f"{said}; over {request.zones} zones of which {request.zones_lost} may fail: {busiest.running}"
    return f"{said}; with {request.spare_instances} to spare: {busiest.running}"


def _survives(request: PlanCapacityRequest, strategy: Strategy, found: Portfolio) -> Iterator[str]:
    if request.spare_instances:
        yield f"{request.spare_instances} instance(s) may fail at any hour without a lack of capacity"
    if strategy is Strategy.SAFEST:
        if request.zones_lost:
            yield f"{request.zones_lost} of {request.zones} zones may fail without a lack of capacity"
        yield "nothing of it may be taken away by the provider"
        return
    spot = sum(line.instances for line in found.lines if line.role is Role.SPOT)
    if spot:
        yield f"up to {spot} instance(s) may be taken away by the provider at the same time: then capacity is lacking"
    yield "the failure of a zone is not provided for"


def _check(request: PlanCapacityRequest) -> None:
    within("shapes", len(request.shapes), 1, MOST_SHAPES)
    for shape in request.shapes:
        given = [each for each in (shape.concurrency, shape.concurrency_per_vcpu) if each is not None]
        if len(given) != 1 or given[0] <= 0:
            raise RequestInvalid("shapes", "each has one concurrency, above 0")
    if len(request.profile) not in (0, HOURS_A_DAY):
        raise RequestInvalid("profile", "24 rates or none")
    rates = request.profile or (request.rate,)
    if any(not rate >= 0 for rate in rates) or not any(rates):
        raise RequestInvalid("profile" if request.profile else "rate", "not below 0, and above it at some hour")
    if not request.latency_seconds > 0:
        raise RequestInvalid("latency_seconds", "above 0")
    if request.wait_seconds_at_most is not None and not request.wait_seconds_at_most > 0:
        raise RequestInvalid("wait_seconds_at_most", "above 0")
    within("peak_factor", request.peak_factor, 1)
    within("margin", request.margin, 0)
    within("spare_instances", request.spare_instances, 0, MOST_INSTANCES)
    within("zones", request.zones, 1, MOST_ZONES)
    within("zones_lost", request.zones_lost, 0, request.zones - 1)
    within("start_seconds", request.start_seconds, 0, 3_600)
    within("term_months_at_most", request.term_months_at_most, 0)
    check_share("interruptible_share", request.interruptible_share)
