"""Planning capacity: how many instances a rate of requests needs, what they cost, and when to scale."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.pricing.domain.advice.types.figures import Figure
    from services.pricing.domain.advice.types.rejections import Rejected
    from services.pricing.domain.constraints import Constraints
    from services.pricing.domain.offers import Offer
    from services.pricing.domain.versions import Version


@dataclass(frozen=True, slots=True)
class Shape:
    """Instances of one kind, and how many requests one of them can work on at a time: measured by the caller."""

    constraints: Constraints
    concurrency: Decimal | None = None
    """Of one whole instance, at which `latency` still holds; above 0."""
    concurrency_per_vcpu: Decimal | None = None
    """Instead: of each vCPU."""


@dataclass(frozen=True, slots=True)
class PlanCapacityRequest:
    """A load and what one instance can do."""

    rate: Decimal
    """Requests a second on average over the day; with a `profile` not used."""
    latency_seconds: Decimal
    """The mean time in which an instance works on one request."""
    shapes: tuple[Shape, ...]
    """1 to 20; each plan is made of one offer of one of them."""
    profile: tuple[Decimal, ...] = ()
    """Requests a second in each hour of the day, 24 numbers, hour 0 first, in the caller's time zone."""
    peak_factor: Decimal = Decimal(1)
    """At least 1: the highest rate over the given one."""
    margin: Decimal = Decimal(0)
    """At least 0: additional capacity, as a part of what is needed; 0.3 for 30 per cent."""
    spare_instances: int = 1
    """How many instances may fail without a lack of capacity: 1 is N+1."""
    zones: int = 1
    """Over how many zones the safest plan spreads; 1 to 10."""
    zones_lost: int = 0
    """How many of them may fail at once in the safest plan; fewer than `zones`."""
    interruptible_share: Decimal = Decimal(0)
    """0 to 1, of the cheapest plan alone: the part of the instances, rounded down, that may be interruptible."""
    term_months_at_most: int = 0
    """The longest commitment that is accepted."""
    start_seconds: Decimal = Decimal(0)
    """How long a new instance takes to be ready: the pause between two steps of scaling, and how far ahead of its hour
    a scheduled step is made. At most 3,600."""
    wait_seconds_at_most: Decimal | None = None
    """How long a request may wait in a queue before more instances are started; above 0. None for no rule on queues."""


class Strategy(StrEnum):
    """What a plan aims at."""

    CHEAPEST = "cheapest"
    """Follows the profile, uses what may be interrupted and what binds as far as accepted."""
    SAFEST = "safest"
    """Peak capacity at all hours on what nobody takes away, N+1, and the zones' failure survived."""


@dataclass(frozen=True, slots=True)
class CapacityLine:
    """So many instances of one offer."""

    offer: Offer
    instances: int
    """The most at any hour."""
    instance_hours: Decimal
    """Paid in a month."""
    monthly: Figure


@dataclass(frozen=True, slots=True)
class HourOfDay:
    """What one hour of the day needs."""

    hour: int
    """0 to 23."""
    needed: int
    """Instances that the load keeps busy, with peak factor and margin."""
    running: int
    """With spares."""


@dataclass(frozen=True, slots=True)
class ScheduledRule:
    """From the first minute of a window on, at least so many instances are to run."""

    cron: str
    """Five fields, minute first, in the caller's time zone; early by `start_seconds` when instances are added."""
    from_hour: int
    """0 to 23, inclusive."""
    to_hour: int
    """1 to 24, exclusive; smaller than or equal to `from_hour` where the window passes midnight."""
    minimum: int


class Signal(StrEnum):
    """What an event-driven rule looks at."""

    RATE_PER_INSTANCE = "rate_per_instance"
    """Requests a second over running instances."""
    QUEUE_PER_INSTANCE = "queue_per_instance"
    """Requests that wait over running instances."""


@dataclass(frozen=True, slots=True)
class EventRule:
    """Instances are added or taken away by what is measured."""

    signal: Signal
    out_above: Decimal
    """One more instance above this; to a thousandth."""
    in_below: Decimal
    """One fewer below this; low enough that the remaining ones stay under `out_above`."""
    cooldown_seconds: Decimal
    """The pause behind each step."""
    minimum: int
    maximum: int
    formula: str


@dataclass(frozen=True, slots=True)
class CapacityPlan:
    """One way to carry the load."""

    strategy: Strategy
    lines: tuple[CapacityLine, ...]
    instances: int
    """At the busiest hour, spares and all."""
    concurrency: Decimal
    """Of one instance."""
    monthly: Figure
    yearly: Figure
    hours: tuple[HourOfDay, ...]
    """24."""
    formula: str
    """How `instances` comes about."""
    scheduled: tuple[ScheduledRule, ...]
    """None where the count is the same at all hours."""
    event_driven: tuple[EventRule, ...]
    survives: tuple[str, ...]
    """Sentences: what may fail without a lack of capacity, and what may not."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """Plans, the cheapest first. A strategy for which no offer would do has none, and `rejected` says why."""

    version: Version
    plans: tuple[CapacityPlan, ...]
    rejected: tuple[Rejected, ...]
