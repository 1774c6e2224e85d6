"""What the catalogue holds: offers, each a way to buy an hour of one instance type in one place, with its price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from services.pricing.domain.money import Money


class Provider(StrEnum):
    """Who sells it."""

    AWS = "aws"
    AZURE = "azure"
    GCP = "gcp"


class OperatingSystem(StrEnum):
    """What the price includes to run on the instance."""

    LINUX = "linux"
    WINDOWS = "windows"
    RHEL = "rhel"
    SUSE = "suse"
    UBUNTU_PRO = "ubuntu_pro"


class Licence(StrEnum):
    """Whether the operating system's licence is in the price."""

    INCLUDED = "included"
    BRING_YOUR_OWN = "bring_your_own"


class Tenancy(StrEnum):
    """With whom the hardware is shared."""

    SHARED = "shared"
    DEDICATED = "dedicated"
    HOST = "host"


class Purchase(StrEnum):
    """How it is bought."""

    ON_DEMAND = "on_demand"
    SPOT = "spot"
    RESERVED = "reserved"
    SAVINGS_PLAN = "savings_plan"
    COMMITTED_USE = "committed_use"
    SUSTAINED_USE = "sustained_use"
    """On-demand price after the discount for a whole month of use (GCP)."""
    LOW_PRIORITY = "low_priority"
    """Azure Batch's own preemptible machines: not spot."""
    CAPACITY_BLOCK = "capacity_block"


INTERRUPTIBLE = frozenset({Purchase.SPOT, Purchase.LOW_PRIORITY})
"""What the provider may take away at any time."""
COMMITTED = frozenset({Purchase.RESERVED, Purchase.SAVINGS_PLAN, Purchase.COMMITTED_USE})
"""What is paid for the whole term, used or not."""


class Payment(StrEnum):
    """How a commitment is paid."""

    NOTHING = ""
    """It is no commitment, or its source does not say."""
    NO_UPFRONT = "no_upfront"
    PARTIAL_UPFRONT = "partial_upfront"
    ALL_UPFRONT = "all_upfront"


class Architecture(StrEnum):
    """The instruction set."""

    UNKNOWN = ""
    X86_64 = "x86_64"
    ARM64 = "arm64"


class CpuUnit(StrEnum):
    """What a vCPU of the type is."""

    UNKNOWN = ""
    THREAD = "thread"
    CORE = "core"


@dataclass(frozen=True, slots=True)
class Gpu:
    """The accelerators of one instance."""

    model: str
    """As the catalogue spells it: `A100`, `A100-80GB`, `H100`, `L4`, ..."""
    count: Decimal
    """May be a fraction where a type has a part of a GPU."""
    memory_mib: int | None
    """Of each whole GPU."""


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance type; None is unknown."""

    provider: Provider
    type: str
    """As the provider spells it: `m7i.large`, `Standard_D2s_v5`, `n2-standard-4`."""
    family: str
    """What the provider sells in several sizes: `m7i`, `Dsv5`, `n2-standard`."""
    millicpus: int
    """Thousandths of a vCPU."""
    memory_mib: int
    cpu_unit: CpuUnit = CpuUnit.UNKNOWN
    architecture: Architecture = Architecture.UNKNOWN
    gpu: Gpu | None = None
    burstable: bool | None = None
    local_disk_gib: int | None = None
    network_mbps: int | None = None


@dataclass(frozen=True, slots=True)
class OfferKey:
    """What tells one offer from all others: there is one price for each."""

    provider: Provider
    region: str
    """The provider's code: `us-east-1`, `eastus`, `us-central1`. Never a display name."""
    instance_type: str
    purchase: Purchase = Purchase.ON_DEMAND
    os: OperatingSystem = OperatingSystem.LINUX
    zone: str = ""
    """Empty where the price holds for the whole region."""
    licence: Licence = Licence.INCLUDED
    tenancy: Tenancy = Tenancy.SHARED
    term_months: int = 0
    """12 or 36 for a commitment, else 0."""
    payment: Payment = Payment.NOTHING
    plan: str = ""
    """Which of several commitments: `compute` or `instance` for savings plans, `standard` or `convertible` for reserved
    instances, `resource` or `flexible` for committed use."""
    currency: str = "USD"

    @property
    def id(self) -> str:
        """The key as a resource id: its parts in order, `~` between them, a part that is empty or usual left out behind
        the last that is not."""
        rest = (
            self.os, self.zone, self.licence, self.tenancy, str(self.term_months or ""), self.payment, self.plan,
            self.currency,
        )  # fmt: skip
        usual = ("linux", "", "included", "shared", "", "", "", "USD")
        parts = ["" if part == as_usual else str(part) for part, as_usual in zip(rest, usual, strict=True)]
        while parts and not parts[-1]:
            parts.pop()
        return "~".join((self.provider, self.region, self.instance_type, self.purchase, *parts))


@dataclass(frozen=True, slots=True)
class Source:
    """Where a figure was read, and when."""

    provider: Provider
    locator: str
    """A URL, or a file with its version."""
    observed_at: datetime
    """When it was read there."""
    effective_from: datetime | None = None
    """Since when it holds, where the source says so."""
    note: str = ""
    """What a reader must know of it, such as how a figure was composed; empty for nothing."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One way to buy an hour, with its price."""

    key: OfferKey
    instance: Instance
    hourly: Money
    """An hour of one whole instance, accelerators included: what is paid upfront is spread over the term's hours."""
    source: Source
    upfront: Money | None = None
    """What is paid at the beginning of the term; None without a commitment or where the source does not say."""
    flags: tuple[str, ...] = ()
    """What the invariants noticed and let through, such as `spot_above_on_demand`."""
