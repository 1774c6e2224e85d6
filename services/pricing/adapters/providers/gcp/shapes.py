"""Machine types of Compute Engine: the price interface has prices of cores, memory and accelerators only.

Our own table, after the "Machine families resource and comparison guide" (docs.cloud.google.com/compute/docs/
machine-resource, 2026-11-21), where its text could be read, and otherwise from general knowledge. Where the reference
catalogue has a type, a test holds the two against each other. What is not here has no price.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from services.pricing.domain.families import family_of
from services.pricing.domain.offers import Architecture, CpuUnit, Gpu, Instance, Provider

_TO_32: Final = (2, 4, 8, 16, 32)
_N2: Final = (2, 4, 8, 16, 32, 48, 64, 80)
_SSD_GIB: Final = 375
_GIB: Final = 1024


@dataclass(frozen=True, slots=True)
class Shape:
    """A machine type, and under which names its parts are billed."""

    instance: Instance
    gib: Decimal
    host: str
    """The family of the core and memory SKUs; empty where the accelerator's price has the host in it."""
    gpu: str = ""
    """The accelerator's SKU; empty without one."""
    ssd_gib: int = 0
    """Local SSD that always comes along, and is billed beside it."""


@dataclass(frozen=True, slots=True)
class _Series:
    """Types `<name>-<vCPUs>` of one proportion."""

    name: str
    vcpus: tuple[int, ...]
    gib_per_vcpu: Decimal
    host: str
    unit: CpuUnit = CpuUnit.THREAD
    arm: bool = False


def _series(
    host: str, vcpus: tuple[int, ...], *, unit: CpuUnit = CpuUnit.THREAD, arm: bool = False, **proportions: str
) -> tuple[_Series, ...]:
    return tuple(
        _Series(f"{host}-{variant}", vcpus, Decimal(gib), host, unit, arm) for variant, gib in proportions.items()
    )


_SERIES: Final = (
    *_series("e2", _TO_32, standard="4"),
    *_series("e2", (2, 4, 8, 16), highmem="8"),
    *_series("e2", _TO_32, highcpu="1"),
    *_series("n1", (1, 2, 4, 8, 16, 32, 64, 96), standard="3.75"),
    *_series("n1", (2, 4, 8, 16, 32, 64, 96), highmem="6.5", highcpu="0.9"),
    *_series("n2", (*_N2, 96, 128), standard="4"),
    *_series("n2", (*_N2, 96), highcpu="1"),
    *_series("n2", _N2, highmem="8"),
    *_series("n2d", (2, 4, 8, 16, 32, 48, 64, 80, 96, 128, 224), standard="4", highcpu="1"),
    *_series("n2d", (2, 4, 8, 16, 32, 48, 64, 80, 96), highmem="8"),
    *_series("n4", _N2, standard="4", highcpu="2", highmem="8"),
    *_series("t2d", (1, 2, 4, 8, 16, 32, 48, 60), unit=CpuUnit.CORE, standard="4"),
    *_series("t2a", (1, 2, 4, 8, 16, 32, 48), unit=CpuUnit.CORE, arm=True, standard="4"),
    *_series("c2", (4, 8, 16, 30, 60), standard="4"),
    *_series("c2d", (2, 4, 8, 16, 32, 56, 112), standard="4", highcpu="2", highmem="8"),
    *_series("c3", (4, 8, 22, 44, 88, 176), standard="4", highcpu="2", highmem="8"),
    *_series("c3d", (4, 8, 16, 30, 60, 90, 180, 360), standard="4", highmem="8"),
    *_series("c4", (2, 4, 8, 16, 24, 32, 48, 96, 144, 192, 288), standard="3.75"),
    *_series("c4a", (1, 2, 4, 8, 16, 32, 48, 64, 72), unit=CpuUnit.CORE, arm=True, standard="4"),
    *_series("c4a", (1, 2, 4, 8, 16, 32, 48, 64, 72), unit=CpuUnit.CORE, arm=True, highcpu="2", highmem="8"),
)
_SINGLE: Final = {
    # vCPUs, GiB and the family that is billed.
    "c4d-standard-4": (4, "15", "c4d"),
    "m1-megamem-96": (96, "1433.6", "m1"),
    "m3-megamem-64": (64, "976", "m3"),
    "m3-megamem-128": (128, "1952", "m3"),
    "m3-ultramem-32": (32, "976", "m3"),
    "m3-ultramem-64": (64, "1952", "m3"),
    "m3-ultramem-128": (128, "3904", "m3"),
}
_GPUS: Final = {
    # Name of the SKU: model and GiB of each.
    "l4": ("L4", 24),
    "a100-40": ("A100", 40),
    "a100-80": ("A100-80GB", 80),
    "h100": ("H100", 80),
    "h100-mega": ("H100", 80),
    "h200": ("H200", 141),
    "b200": ("B200", 180),
}
_ACCELERATED: Final = {
    # vCPUs, GiB, accelerators and how many, family that is billed, local SSDs of 375 GiB that come along.
    "g2-standard-4": (4, 16, "l4", 1, "g2", 0),
    "g2-standard-8": (8, 32, "l4", 1, "g2", 0),
    "g2-standard-12": (12, 48, "l4", 1, "g2", 0),
    "g2-standard-16": (16, 64, "l4", 1, "g2", 0),
    "g2-standard-24": (24, 96, "l4", 2, "g2", 0),
    "g2-standard-32": (32, 128, "l4", 1, "g2", 0),
    "g2-standard-48": (48, 192, "l4", 4, "g2", 0),
    "g2-standard-96": (96, 384, "l4", 8, "g2", 0),
    "a2-highgpu-1g": (12, 85, "a100-40", 1, "a2", 0),
    "a2-highgpu-2g": (24, 170, "a100-40", 2, "a2", 0),
    "a2-highgpu-4g": (48, 340, "a100-40", 4, "a2", 0),
    "a2-highgpu-8g": (96, 680, "a100-40", 8, "a2", 0),
    "a2-megagpu-16g": (96, 1360, "a100-40", 16, "a2", 0),
    "a2-ultragpu-1g": (12, 170, "a100-80", 1, "a2", 1),
    "a2-ultragpu-2g": (24, 340, "a100-80", 2, "a2", 2),
    "a2-ultragpu-4g": (48, 680, "a100-80", 4, "a2", 4),
    "a2-ultragpu-8g": (96, 1360, "a100-80", 8, "a2", 8),
    "a3-highgpu-1g": (26, 234, "h100", 1, "a3", 2),
    "a3-highgpu-2g": (52, 468, "h100", 2, "a3", 4),
    "a3-highgpu-4g": (104, 936, "h100", 4, "a3", 8),
    "a3-highgpu-8g": (208, 1872, "h100", 8, "a3", 16),
    "a3-megagpu-8g": (208, 1872, "h100-mega", 8, "a3plus", 16),
    "a3-ultragpu-8g": (224, 2952, "h200", 8, "a3ultra", 32),
    # The other way round: the slice of a GPU has its part of the host, and its local SSDs, in its price.
    "a4-highgpu-8g": (224, 3968, "b200", 8, "", 0),
}


def shapes() -> Iterator[Shape]:
    """All machine types of the table."""
    for series in _SERIES:
        for vcpus in series.vcpus:
            gib = vcpus * series.gib_per_vcpu
            name = f"{series.name}-{vcpus}"
            yield Shape(_instance(name, vcpus, gib, series.unit, arm=series.arm), gib, series.host)
    for name, (vcpus, memory, host) in _SINGLE.items():
        yield Shape(_instance(name, vcpus, Decimal(memory)), Decimal(memory), host)
    for name, (vcpus, whole, sku, count, host, ssds) in _ACCELERATED.items():
        model, each = _GPUS[sku]
        instance = _instance(name, vcpus, Decimal(whole), gpu=Gpu(model, Decimal(count), each * _GIB))
        yield Shape(instance, Decimal(whole), host, sku, ssds * _SSD_GIB)


def hosts() -> frozenset[str]:
    """The families whose core and memory SKUs are needed."""
    return frozenset(shape.host for shape in shapes() if shape.host)


def _instance(
    name: str,
    vcpus: int,
    gib: Decimal,
    unit: CpuUnit = CpuUnit.THREAD,
    *,
    arm: bool = False,
    gpu: Gpu | None = None,
) -> Instance:
    return Instance(
        provider=Provider.GCP,
        type=name,
        family=family_of(Provider.GCP, name),
        millicpus=vcpus * 1000,
        memory_mib=int(gib * _GIB),
        cpu_unit=unit,
        architecture=Architecture.ARM64 if arm else Architecture.X86_64,
        gpu=gpu,
        burstable=False,
    )
