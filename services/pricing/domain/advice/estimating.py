"""What a workload costs, line by line."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from services.pricing.domain.advice import amounts
from services.pricing.domain.advice.checks import MOST_INSTANCES, check_usage, within
from services.pricing.domain.advice.errors import RequestInvalid
from services.pricing.domain.advice.resolving import cheapest
from services.pricing.domain.advice.types.estimate import (
    Costs,
    Estimate,
    EstimateItem,
    EstimateLine,
    EstimateRequest,
    GivenQuantity,
    LineKind,
)
from services.pricing.domain.advice.types.figures import Figure
from services.pricing.domain.money import HOURS_A_MONTH, Money, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.pricing.domain.index import CatalogueIndex

MOST_ITEMS = 200
_UNITS = {LineKind.STORAGE: "GiB-month of storage", LineKind.EGRESS: "GiB of egress"}


def estimate(index: CatalogueIndex, request: EstimateRequest) -> Estimate:
    """Lines and sums. Raises RequestInvalid."""
    currency = _check(request)
    lines: list[EstimateLine] = []
    missing = []
    for position, item in enumerate(request.items):
        instances = _instances(index, position, item)
        if instances is None:
            missing.append(position)
        else:
            lines.append(instances)
        lines.extend(_given_lines(position, item))
    upfront = [
        paid
        for line in lines
        if line.offer is not None and (paid := amounts.upfront_of(line.offer, int(line.quantity))) is not None
    ]
    return Estimate(
        version=index.version,
        lines=tuple(lines),
        total=Costs(
            hourly=amounts.added([line.costs.hourly for line in lines], currency),
            monthly=amounts.added([line.costs.monthly for line in lines], currency),
            yearly=amounts.added([line.costs.yearly for line in lines], currency),
        ),
        upfront=amounts.added(upfront, currency) if upfront else None,
        missing=tuple(missing),
    )


def _check(request: EstimateRequest) -> str:
    """Returns the only currency."""
    within("items", len(request.items), 1, MOST_ITEMS)
    currencies = set()
    for position, item in enumerate(request.items):
        field = f"items[{position}]"
        within(f"{field}.quantity", item.quantity, 1, MOST_INSTANCES)
        check_usage(f"{field}.usage", item.usage)
        currencies.add(item.wanted.currency)
        for name, given in (("storage", item.storage), ("egress", item.egress)):
            if given is not None:
                within(f"{field}.{name}.amount", given.amount, 0)
                within(f"{field}.{name}.unit_price", given.unit_price.nanos, 0)
                currencies.add(given.unit_price.currency)
    if len(currencies) > 1:
        raise RequestInvalid("items", "more than one currency")
    return str(currencies.pop())


def _instances(index: CatalogueIndex, position: int, item: EstimateItem) -> EstimateLine | None:
    hours = item.usage.hours
    offer = cheapest(index, item.wanted, hours)
    if offer is None:
        return None
    costs = Costs(
        hourly=amounts.running(offer, item.quantity),
        monthly=amounts.monthly(offer, item.quantity, hours),
        yearly=amounts.yearly(offer, item.quantity, hours),
    )
    paid = amounts.paid_hours(offer, hours)
    return EstimateLine(position, item.name, LineKind.INSTANCES, offer, Decimal(item.quantity), paid, costs)


def _given_lines(position: int, item: EstimateItem) -> Iterator[EstimateLine]:
    for kind, given in ((LineKind.STORAGE, item.storage), (LineKind.EGRESS, item.egress)):
        if given is not None:
            yield EstimateLine(position, item.name, kind, None, given.amount, None, _given_costs(kind, given))


def _given_costs(kind: LineKind, given: GivenQuantity) -> Costs:
    price, amount = given.unit_price, given.amount
    origin = (f"{price} per {_UNITS[kind]}, given by the caller",)
    month = f"{amounts.number(amount)} x {price}"

    def figure(nanos: Decimal, formula: str) -> Figure:
        return Figure(Money(whole(nanos), price.currency), formula, (), origin)

    exact = price.nanos * amount
    return Costs(
        hourly=figure(exact / HOURS_A_MONTH, f"{month} / {HOURS_A_MONTH} h"),
        monthly=figure(exact, month),
        yearly=figure(exact * amounts.MONTHS_A_YEAR, f"{month} x {amounts.MONTHS_A_YEAR} months"),
    )
