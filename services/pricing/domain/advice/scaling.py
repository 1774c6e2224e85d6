"""When to add and to take away instances: by the clock, and by what is measured."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Final

from services.pricing.domain.advice.amounts import number
from services.pricing.domain.advice.types.capacity import EventRule, ScheduledRule, Signal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from services.pricing.domain.advice.types.capacity import HourOfDay, PlanCapacityRequest

HOURS_A_DAY: Final = 24
_MINUTES_A_DAY: Final = HOURS_A_DAY * 60
_THOUSANDTH: Final = Decimal("0.001")


def scheduled(hours: Sequence[HourOfDay], start_seconds: Decimal) -> tuple[ScheduledRule, ...]:
    """A rule for each run of hours with one count, over midnight too; none where the count never changes."""
    counts = [hour.running for hour in hours]
    starts = [hour for hour in range(HOURS_A_DAY) if counts[hour] != counts[hour - 1]]
    early = int((start_seconds / 60).to_integral_value(ROUND_CEILING))
    rules = []
    for start, following in zip(starts, [*starts[1:], *starts[:1]], strict=True):
        grows = counts[start] > counts[start - 1]
        minute = (start * 60 - (early if grows else 0)) % _MINUTES_A_DAY
        cron = f"{minute % 60} {minute // 60} * * *"
        rules.append(ScheduledRule(cron, start, following or HOURS_A_DAY, counts[start]))
    return tuple(rules)


def event_driven(
    request: PlanCapacityRequest, concurrency: Decimal, hours: Sequence[HourOfDay]
) -> tuple[EventRule, ...]:
    """Rules on the rate that each instance serves and, where a longest wait is given, on the queue.

    Little's law (in a stable system the mean number of requests inside is the rate times the mean time that each spends
    there) gives both: an instance that works on `concurrency` requests for `latency_seconds` each serves their quotient
    a second, and what waits no longer than w seconds for an instance that serves r a second is a queue of r x w.
    """
    low = max(1, min(hour.running for hour in hours))
    high = max(1, *(hour.running for hour in hours))
    served = concurrency / request.latency_seconds
    return tuple(_rules(request, concurrency, served, low, high))


def _rules(
    request: PlanCapacityRequest, concurrency: Decimal, served: Decimal, low: int, high: int
) -> Iterator[EventRule]:
    out = _floor(served / (1 + request.margin))
    formula = f"{number(concurrency)} / {number(request.latency_seconds)} s / {number(1 + request.margin)}"
    # With one instance fewer each remaining one gets more: n / (n - 1) of it, the most at the lowest count.
    below = _floor(out * low / (low + 1))
    yield EventRule(Signal.RATE_PER_INSTANCE, out, below, request.start_seconds, low, high, formula)
    wait = request.wait_seconds_at_most
    if wait is not None:
        formula = f"{number(concurrency)} / {number(request.latency_seconds)} s x {number(wait)} s"
        yield EventRule(
            Signal.QUEUE_PER_INSTANCE, _floor(served * wait), Decimal(0), request.start_seconds, low, high, formula
        )


def _floor(value: Decimal) -> Decimal:
    return value.quantize(_THOUSANDTH, ROUND_FLOOR)
