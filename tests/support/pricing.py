"""Catalogues that are made up: shaped like the real ones, the same for the same seed, at prices that nobody asks."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from services.pricing.domain import geography
from services.pricing.domain.money import HOURS_A_YEAR, Money
from services.pricing.domain.offers import (
    Architecture,
    CpuUnit,
    Gpu,
    Instance,
    Licence,
    Offer,
    OfferKey,
    OperatingSystem,
    Payment,
    Provider,
    Purchase,
    Source,
    Tenancy,
)
from services.pricing.domain.versions import Origin, Version

READ_AT: Final = datetime(2026, 11, 1, 12, tzinfo=UTC)
_ARM, _X86 = Architecture.ARM64, Architecture.X86_64


@dataclass(frozen=True)
class _Family:
    provider: Provider
    name: str
    pattern: str
    """Of the type's name; `{}` is the size."""
    sizes: tuple[tuple[str, int], ...]
    """Names and vCPUs."""
    gib_each: int
    """Memory for each vCPU."""
    architecture: Architecture = _X86
    gpu: tuple[str, int, int] | None = None
    """Model, GiB of memory of each, and for how many vCPUs there is one."""
    burstable: bool = False


_AWS_SIZES = tuple(
    (name, vcpus)
    for name, vcpus in (
        ("large", 2), ("xlarge", 4), ("2xlarge", 8), ("4xlarge", 16), ("8xlarge", 32), ("12xlarge", 48),
        ("16xlarge", 64), ("24xlarge", 96),
    )
)  # fmt: skip
_COUNTS = tuple((str(vcpus), vcpus) for vcpus in (2, 4, 8, 16, 32, 48, 64, 96))


def _families() -> Iterator[_Family]:
    for letter, gib in (("c", 2), ("m", 4), ("r", 8)):
        for generation in ("5", "6i", "7i", "6a", "7a", "6g", "7g", "8g"):
            architecture = _ARM if generation.endswith("g") else _X86
            name = f"{letter}{generation}"
            yield _Family(Provider.AWS, name, name + ".{}", _AWS_SIZES, gib, architecture)
    for name, architecture in (("t3", _X86), ("t3a", _X86), ("t4g", _ARM)):
        yield _Family(Provider.AWS, name, name + ".{}", _AWS_SIZES[:3], 4, architecture, burstable=True)
    for name, gpu, size in (
        ("g5", ("A10G", 24, 8), 2), ("g6", ("L4", 24, 8), 2), ("p4d", ("A100", 40, 12), 7), ("p5", ("H100", 80, 12), 7),
    ):  # fmt: skip
        yield _Family(Provider.AWS, name, name + ".{}", _AWS_SIZES[size:], 8, gpu=gpu)
    for letter, gib in (("D", 4), ("E", 8), ("F", 2)):
        for suffix in ("s_v5", "as_v5", "s_v6", "ps_v5", "ps_v6", "ads_v6"):
            architecture = _ARM if suffix.startswith("ps") else _X86
            yield _Family(
                Provider.AZURE, f"{letter}{suffix}", "Standard_" + letter + "{}" + suffix, _COUNTS, gib, architecture
            )
    yield _Family(Provider.AZURE, "Bs_v2", "Standard_B{}s_v2", _COUNTS[:3], 4, burstable=True)
    for name, pattern, gpu in (
        ("NCadsA100v4", "Standard_NC{}ads_A100_v4", ("A100-80GB", 80, 24)),
        ("NDisrH100v5", "Standard_ND{}isr_H100_v5", ("H100", 80, 12)),
    ):
        yield _Family(Provider.AZURE, name, pattern, _COUNTS[-1:], 8, gpu=gpu)
    for series in ("e2", "n2", "n2d", "n4", "c3", "c3d", "c4", "t2d"):
        for kind, gib in (("highcpu", 1), ("standard", 4), ("highmem", 8)):
            yield _Family(Provider.GCP, f"{series}-{kind}", f"{series}-{kind}-" + "{}", _COUNTS, gib)
    yield _Family(Provider.GCP, "t2a-standard", "t2a-standard-{}", _COUNTS[:5], 4, _ARM)
    for name, gpu in (("a2-highgpu", ("A100", 40, 12)), ("a3-highgpu", ("H100", 80, 12))):
        yield _Family(Provider.GCP, name, name + "-{}", _COUNTS[-1:], 7, gpu=gpu)


@dataclass(frozen=True)
class _Way:
    """A way to buy, and what it costs of the on-demand price on Linux."""

    share: Decimal
    purchase: Purchase = Purchase.ON_DEMAND
    os: OperatingSystem = OperatingSystem.LINUX
    licence: Licence = Licence.INCLUDED
    tenancy: Tenancy = Tenancy.SHARED
    years: int = 0
    payment: Payment = Payment.NOTHING
    plan: str = ""


def _ways(provider: Provider) -> Iterator[_Way]:
    yield _Way(Decimal(1))
    yield _Way(Decimal("1.8"), os=OperatingSystem.WINDOWS)
    yield _Way(Decimal(1), os=OperatingSystem.WINDOWS, licence=Licence.BRING_YOUR_OWN)
    yield _Way(Decimal("1.2"), os=OperatingSystem.RHEL)
    yield _Way(Decimal("0.35"), Purchase.SPOT)
    if provider is Provider.AWS:
        yield _Way(Decimal("1.1"), tenancy=Tenancy.DEDICATED)
        for years, share in ((1, "0.64"), (3, "0.43")):
            for payment, less in zip(list(Payment)[1:], ("0", "0.02", "0.04"), strict=True):
                for purchase, plan in ((Purchase.RESERVED, "standard"), (Purchase.SAVINGS_PLAN, "compute")):
                    more = Decimal("0.05") if plan == "compute" else Decimal(0)
                    yield _Way(Decimal(share) - Decimal(less) + more, purchase, years=years, payment=payment, plan=plan)
    elif provider is Provider.AZURE:
        yield _Way(Decimal("0.2"), Purchase.LOW_PRIORITY)
        yield _Way(Decimal("0.6"), Purchase.RESERVED, years=1, payment=Payment.ALL_UPFRONT)
        yield _Way(Decimal("0.4"), Purchase.RESERVED, years=3, payment=Payment.ALL_UPFRONT)
    else:
        yield _Way(Decimal("0.8"), Purchase.SUSTAINED_USE)
        yield _Way(Decimal("0.63"), Purchase.COMMITTED_USE, years=1, payment=Payment.NO_UPFRONT, plan="resource")
        yield _Way(Decimal("0.45"), Purchase.COMMITTED_USE, years=3, payment=Payment.NO_UPFRONT, plan="resource")


def synthetic_offers(count: int, seed: int = 1) -> list[Offer]:
    """So many offers, in no order: each instance type in some regions, with all its ways to be bought there.

    Prices are linear in size within a family, spot is below on demand, and three years are below one.
    """
    chance = random.Random(seed)
    places = [
        (family, region)
        for family in _families()
        for region in geography.regions(family.provider)
        if region.partition is geography.Partition.COMMERCIAL
    ]
    chance.shuffle(places)
    offers: list[Offer] = []
    for family, region in places:
        # A region's prices differ from others' by up to a third, a family's by as much.
        level = Decimal(chance.randrange(9_000, 12_000)) / 10_000
        offers.extend(_of_family(family, region.code, level))
        if len(offers) >= count:
            return offers[:count]
    raise ValueError(f"there are {len(offers)} at most")


def synthetic_version(number: int, offers: int) -> Version:
    """A version with so many offers."""
    return Version(number, READ_AT + timedelta(hours=number), Origin.REFRESH, READ_AT, READ_AT, offers)


def _of_family(family: _Family, region: str, level: Decimal) -> Iterator[Offer]:
    for size, vcpus in family.sizes:
        instance = _instance(family, size, vcpus)
        hourly = level * (vcpus * Decimal("0.025") + vcpus * family.gib_each * Decimal("0.0042"))
        if instance.gpu is not None:
            hourly += level * instance.gpu.count * Decimal("0.04") * (instance.gpu.memory_mib or 0) / 1024
        for way in _ways(family.provider):
            yield _offer(instance, region, way, hourly * way.share)


def _instance(family: _Family, size: str, vcpus: int) -> Instance:
    gpu = None
    if family.gpu is not None:
        model, gib, share = family.gpu
        gpu = Gpu(model, Decimal(vcpus // share), gib * 1024)
    return Instance(
        provider=family.provider,
        type=family.pattern.format(size),
        family=family.name,
        millicpus=vcpus * 1000,
        memory_mib=vcpus * family.gib_each * 1024,
        cpu_unit=CpuUnit.CORE if family.architecture is _ARM else CpuUnit.THREAD,
        architecture=family.architecture,
        gpu=gpu,
        burstable=family.burstable,
    )


def _offer(instance: Instance, region: str, way: _Way, hourly: Decimal) -> Offer:
    price = Money.of(hourly)
    upfront = None
    if way.payment is Payment.ALL_UPFRONT:
        upfront = price.times(way.years * HOURS_A_YEAR)
    return Offer(
        key=OfferKey(
            provider=instance.provider,
            region=region,
            instance_type=instance.type,
            purchase=way.purchase,
            os=way.os,
            licence=way.licence,
            tenancy=way.tenancy,
            term_months=12 * way.years,
            payment=way.payment,
            plan=way.plan,
        ),
        instance=instance,
        hourly=price,
        source=Source(
            instance.provider,
            f"https://prices.example/{instance.provider}/{region}.json",
            READ_AT,
            READ_AT - timedelta(days=len(instance.family)),
        ),
        upfront=upfront,
    )
