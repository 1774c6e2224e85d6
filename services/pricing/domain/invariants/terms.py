"""Prices beside the same without commitment, and beside a shorter commitment."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from services.pricing.domain.invariants.reasons import Reason
from services.pricing.domain.offers import COMMITTED, OfferKey, Payment, Purchase

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

    from services.pricing.domain.invariants.rows import Fault
    from services.pricing.domain.offers import Offer

_BELOW = COMMITTED | {Purchase.SUSTAINED_USE}
"""What is only bought because it costs less than on demand."""


class _Ladder(NamedTuple):
    """The commitments that differ in their term alone, by their months; 0 is the discount for a month's use."""

    purchase: Purchase
    plan: str
    payment: Payment


def ladders(batch: Sequence[Offer], rows: Iterable[int]) -> Iterator[tuple[int, Fault]]:
    """The rows that break "three years below one year below on demand", and why.

    Only what differs in nothing else is compared: place, type, operating system, licence, tenancy, currency, and of the
    commitments themselves kind, plan and payment. What has no counterpart is not compared.
    """
    on_demand: dict[Hashable, int] = {}
    committed: dict[Hashable, dict[_Ladder, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        key = batch[row].key
        if key.purchase is Purchase.ON_DEMAND:
            on_demand[_base(key)] = row
        elif key.purchase in _BELOW:
            committed[_base(key)][_Ladder(key.purchase, key.plan, key.payment)][key.term_months] = row
    for base, by_ladder in committed.items():
        full = on_demand.get(base)
        for steps in by_ladder.values():
            yield from _steps(batch, steps, full)


def _steps(batch: Sequence[Offer], steps: dict[int, int], full: int | None) -> Iterator[tuple[int, Fault]]:
    for row in steps.values():
        if full is not None and batch[row].hourly.nanos >= batch[full].hourly.nanos:
            told = f"{batch[row].hourly} an hour; on demand it is {batch[full].hourly}"
            yield row, (Reason.COMMITMENT_NOT_BELOW_ON_DEMAND, told)
    one, three = steps.get(12), steps.get(36)
    if one is not None and three is not None and batch[three].hourly.nanos >= batch[one].hourly.nanos:
        told = f"{batch[three].hourly} an hour for three years, {batch[one].hourly} for one"
        yield one, (Reason.THREE_YEARS_NOT_BELOW_ONE, told)
        yield three, (Reason.THREE_YEARS_NOT_BELOW_ONE, told)


def dear_spots(batch: Sequence[Offer], rows: Iterable[int]) -> set[int]:
    """The spot rows that cost more than the same on demand: in their zone where it has a price, else in the region."""
    on_demand: dict[Hashable, int] = {}
    spots: list[int] = []
    for row in rows:
        key = batch[row].key
        if key.purchase is Purchase.ON_DEMAND:
            on_demand[_base(key)] = batch[row].hourly.nanos
        elif key.purchase is Purchase.SPOT:
            spots.append(row)
    dear = set()
    for row in spots:
        key = batch[row].key
        full = on_demand.get(_base(key), on_demand.get(_base(key, zone="")))
        if full is not None and batch[row].hourly.nanos > full:
            dear.add(row)
    return dear


def _base(key: OfferKey, zone: str | None = None) -> Hashable:
    """What offers have in common that are the same thing, bought in different ways."""
    where = key.zone if zone is None else zone
    return key.provider, key.region, where, key.instance_type, key.os, key.licence, key.tenancy, key.currency
