"""What an instance or an offer must be like; everything unset leaves it open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

    from services.pricing.domain.money import Money
    from services.pricing.domain.offers import Architecture, OperatingSystem, Payment, Provider, Purchase, Tenancy


@dataclass(frozen=True, slots=True)
class GpuNeed:
    """The accelerators that are asked for."""

    models: tuple[str, ...] = ()
    """Any of these, as the catalogue spells them; empty for any model."""
    count_exact: Decimal | None = None
    count_at_least: Decimal | None = None
    count_at_most: Decimal | None = None
    memory_mib_at_least: int | None = None
    """Of each GPU."""
    total_memory_mib_at_least: int | None = None
    """Of all GPUs of the instance together."""


@dataclass(frozen=True, slots=True)
class Constraints:
    """The conditions of a search, a comparison or a recommendation. All of them must hold; within a tuple, any does."""

    providers: tuple[Provider, ...] = ()
    instance_types: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    """The providers' codes."""
    areas: tuple[str, ...] = ()
    """Codes of `services.pricing.domain.geography`, such as `europe` or `brazil`."""
    purchases: tuple[Purchase, ...] = ()
    operating_systems: tuple[OperatingSystem, ...] = ()
    tenancies: tuple[Tenancy, ...] = ()
    architectures: tuple[Architecture, ...] = ()
    millicpus_at_least: int | None = None
    millicpus_at_most: int | None = None
    memory_mib_at_least: int | None = None
    memory_mib_at_most: int | None = None
    gpu: GpuNeed | None = None
    """None leaves open whether there is one; see `without_gpu`."""
    without_gpu: bool = False
    term_months: int | None = None
    payment: Payment | None = None
    hourly_at_most: Money | None = None
    burstable: bool | None = None
    interruptible: bool | None = None
    """False leaves out what the provider may take away (spot, low priority)."""
    without_providers: tuple[Provider, ...] = ()
    without_purchases: tuple[Purchase, ...] = ()
    without_families: tuple[str, ...] = ()
    without_regions: tuple[str, ...] = ()
    without_gpu_models: tuple[str, ...] = ()
    """As the catalogue spells them; a type without any GPU will do."""
    currency: str = "USD"
