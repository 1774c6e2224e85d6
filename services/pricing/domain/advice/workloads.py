"""A workload that changes over time, as layers: how long its first, second, third instance is needed.

One more committed instance replaces what the busiest layer that is not yet covered would otherwise cost. Layers never
get busier upwards, so that the saving of each further committed instance is no greater than that of the one before.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Final

from services.pricing.domain.advice.checks import MOST_INSTANCES, within
from services.pricing.domain.advice.errors import RequestInvalid
from services.pricing.domain.money import HOURS_A_MONTH

if TYPE_CHECKING:
    from services.pricing.domain.advice.types.portfolio import Workload

MOST_SLOTS: Final = 8_784
"""Hours of a leap year."""
MOST_PEAKS: Final = 100


@dataclass(frozen=True, slots=True)
class Hours:
    """Instance-hours a month, as whole ticks: see `Demand.ticks`."""

    firm: int
    """Must not be interruptible."""
    spot: int
    """May be."""


@dataclass(frozen=True)
class Demand:
    """How many instances are needed for how long, and how many of them must not be interruptible."""

    levels: tuple[tuple[int, int, int], ...]
    """Instances, those of them that must be firm, and ticks a month; ascending in the first and the second."""
    ticks: int
    """In an hour: such that all durations are whole."""

    @property
    def peak(self) -> int:
        """The most instances at any time."""
        return self.levels[-1][0]

    @cached_property
    def hours(self) -> Hours:
        """All that are needed."""
        return self.above(0)

    @cached_property
    def edges(self) -> tuple[int, ...]:
        """Numbers of instances between which all layers are equally busy; from 0 to the peak."""
        return tuple(sorted({0, *(count for count, _, _ in self.levels), *(firm for _, firm, _ in self.levels)}))

    def layer(self, instance: int) -> Hours:
        """How long the instance of this number, counted from 1, is needed."""
        firm = self._firm.ticks_from(instance)
        return Hours(firm, self._all.ticks_from(instance) - firm)

    def above(self, committed: int) -> Hours:
        """What is needed beyond so many instances."""
        firm = self._firm.beyond(committed)
        return Hours(firm, self._all.beyond(committed) - firm)

    def most_firm(self, committed: int) -> int:
        """The most firm instances at any time beyond so many."""
        return max(0, max(firm for _, firm, _ in self.levels) - committed)

    def most_spot(self, committed: int) -> int:
        """The most interruptible ones at any time."""
        return max(max(0, count - max(firm, committed)) for count, firm, _ in self.levels)

    @cached_property
    def _firm(self) -> _Steps:
        return _Steps.of([(firm, ticks) for _, firm, ticks in self.levels])

    @cached_property
    def _all(self) -> _Steps:
        return _Steps.of([(count, ticks) for count, _, ticks in self.levels])


@dataclass(frozen=True, slots=True)
class _Steps:
    """Ascending counts with sums over all of them from each on, so that a question is a binary search."""

    counts: list[int]
    ticks: list[int]
    """From each count on, and 0 behind the last."""
    instance_ticks: list[int]
    """Likewise, each times its count."""

    @classmethod
    def of(cls, steps: list[tuple[int, int]]) -> _Steps:
        ticks, instance_ticks = [0], [0]
        for count, duration in reversed(steps):
            ticks.append(ticks[-1] + duration)
            instance_ticks.append(instance_ticks[-1] + count * duration)
        return cls([count for count, _ in steps], ticks[::-1], instance_ticks[::-1])

    def ticks_from(self, count: int) -> int:
        return self.ticks[bisect_left(self.counts, count)]

    def beyond(self, count: int) -> int:
        first = bisect_right(self.counts, count)
        return self.instance_ticks[first] - count * self.ticks[first]


def demand_of(workload: Workload, interruptible_share: Decimal) -> Demand:
    """The workload by its levels; of the instances that a slot needs this part, rounded down, may be interruptible.
    Raises RequestInvalid."""
    hours: dict[int, Fraction] = {}
    for count, duration in _slots(workload):
        within("workload", count, 0, MOST_INSTANCES)
        hours[count] = hours.get(count, Fraction(0)) + duration
    ticks = math.lcm(*(duration.denominator for duration in hours.values()))
    levels = tuple(
        (count, count - int((count * interruptible_share).to_integral_value(ROUND_FLOOR)), int(duration * ticks))
        for count, duration in sorted(hours.items())
        if duration
    )
    if not levels[-1][0]:
        raise RequestInvalid("workload", "nothing is needed at any time")
    return Demand(levels, ticks)


def _slots(workload: Workload) -> list[tuple[int, Fraction]]:
    month = Fraction(HOURS_A_MONTH)
    if workload.profile:
        within("workload.profile", len(workload.profile), 1, MOST_SLOTS)
        return [(count, month / len(workload.profile)) for count in workload.profile]
    within("workload.peaks", len(workload.peaks), 0, MOST_PEAKS)
    slots = []
    for peak in workload.peaks:
        within("workload.peaks.hours_a_month", peak.hours_a_month, 0, HOURS_A_MONTH)
        within("workload.peaks.instances", peak.instances, 0, MOST_INSTANCES)
        slots.append((workload.baseline + peak.instances, Fraction(peak.hours_a_month)))
    left = month - sum((duration for _, duration in slots), Fraction(0))
    if left < 0:
        raise RequestInvalid("workload.peaks", "more than 730 hours a month")
    return [(workload.baseline, left), *slots]
