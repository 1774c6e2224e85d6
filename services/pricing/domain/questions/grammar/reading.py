"""What the rules have found in a text so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from services.pricing.domain.intents import Ordering

if TYPE_CHECKING:
    from services.pricing.domain.money import Money
    from services.pricing.domain.offers import Architecture, OperatingSystem, Payment, Provider, Purchase, Tenancy
    from services.pricing.domain.questions.lexicon import Sign, Span
    from services.pricing.domain.questions.marks import Mark
    from services.pricing.domain.questions.vocabulary import AreaName, GpuName, InstanceName, RegionName


@dataclass(slots=True)
class Duration:
    """A time that is named: it may turn out to be a commitment's term."""

    hours: Decimal
    at: int
    """Index of its first mark."""


@dataclass(slots=True)
class Reading:
    """Filled by the rules, mark by mark; everything starts unset."""

    cues: set[Sign] = field(default_factory=set)
    """Which signs occur."""
    providers: list[Provider] = field(default_factory=list)
    other_providers: bool = False
    types: list[InstanceName] = field(default_factory=list)
    families: list[tuple[Provider, str]] = field(default_factory=list)
    family_mentions: int = 0
    partial: Mark | None = None
    """The first name of a type that may be several, or none."""
    regions: list[tuple[RegionName, ...]] = field(default_factory=list)
    """For each place that is named, the regions there."""
    areas: list[AreaName] = field(default_factory=list)
    nowhere: Mark | None = None
    """The first place that is not known."""
    purchases: list[Purchase] = field(default_factory=list)
    commitment: int | None = None
    """Index of the mark that speaks of a commitment."""
    commits: bool = False
    """A commitment is spoken of, of whatever kind."""
    payments: list[Payment] = field(default_factory=list)
    systems: list[OperatingSystem] = field(default_factory=list)
    architectures: list[Architecture] = field(default_factory=list)
    tenancies: list[Tenancy] = field(default_factory=list)
    graviton: bool = False
    burstable: bool | None = None
    interruptible: bool | None = None

    millicpus_at_least: int | None = None
    millicpus_at_most: int | None = None
    memory_at_least: int | None = None
    memory_at_most: int | None = None
    memory_per_vcpu: int | None = None

    carried: tuple[Sign, int] | None = None
    """The last amount's limit and the place behind it: in `up to 8 vCPUs and 32 GB` it holds for both."""

    gpu: bool = False
    without_gpu: bool = False
    gpu_mentions: int = 0
    gpu_models: list[GpuName] = field(default_factory=list)
    gpu_count: Decimal | None = None
    gpu_count_at_least: Decimal | None = None
    gpu_count_at_most: Decimal | None = None
    gpu_memory: int | None = None
    gpu_total_memory: int | None = None

    without_providers: list[Provider] = field(default_factory=list)
    without_purchases: list[Purchase] = field(default_factory=list)
    without_families: list[str] = field(default_factory=list)
    without_regions: list[tuple[Provider, str]] = field(default_factory=list)
    without_gpu_models: list[str] = field(default_factory=list)
    without_systems: list[OperatingSystem] = field(default_factory=list)
    without_architectures: list[Architecture] = field(default_factory=list)

    quantity: int | None = None
    counts: list[tuple[int, str]] = field(default_factory=list)
    """How many of each type, where a number stands before it."""
    quantity_may_be_limit: bool = False
    """The number stands where it may count results, as in `the 3 VMs ... cheapest`."""
    limit: int | None = None
    ordering: Ordering = Ordering.UNSET
    """What is said to come first."""
    ordering_per: Ordering = Ordering.UNSET
    """What a price is said to be for, as in `per vCPU`."""

    durations: list[Duration] = field(default_factory=list)
    asked_period: Span | None = None
    hours_a_day: Decimal | None = None
    hours_a_week: Decimal | None = None
    hours_a_month: Decimal | None = None
    hours_a_year: Decimal | None = None
    days_a_week: Decimal | None = None
    days_a_month: Decimal | None = None
    always: bool = False

    budget: Money | None = None
    budget_period: Span | None = None
    budget_end: int = 0
    """Where the budget ends in the text."""
    currency: str = ""
    topics: list[str] = field(default_factory=list)
    unknown: list[Mark] = field(default_factory=list)
    alternatives: bool = False
    """Two things of a kind are named with `or` between them."""
    affordable: bool = False
    """It is asked what can be had, as in `what can I get for $300`."""
    actions: list[set[Sign]] = field(default_factory=list)
    """The signs of each sentence with a clause that tells to do something."""
    action: bool = False
    """Something is to be done to machines, as a sentence says that asks nothing else."""
    virtual: bool = False
    """A word for machines is there that means computers."""
    aside: frozenset[int] = frozenset()
    """Where the marks of sentences start that say nothing to the grammar."""
    first: Sign | None = None
    """The first mark that says anything."""
