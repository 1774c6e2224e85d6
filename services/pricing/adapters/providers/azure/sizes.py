"""Virtual machine sizes of Azure: the price interface does not say what they have.

From the pages of "Sizes for virtual machines in Azure" (learn.microsoft.com/azure/virtual-machines/sizes) as far as
they could be read, the list of sizes that microsoft/aspire generates (src/Aspire.Hosting.Azure.Kubernetes/
AksNodeVmSizes.Generated.cs), both on 2026-11-21, and in part general knowledge. Where the reference catalogue has a
size, a test holds the two against each other. A size that is not here is rejected, never guessed from its name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from services.pricing.domain.families import family_of
from services.pricing.domain.offers import Architecture, CpuUnit, Gpu, Instance, Provider

_SMALL: Final = (2, 4, 8, 16, 32, 48, 64)
_LARGE: Final = (*_SMALL, 96)
_WITH_20: Final = (2, 4, 8, 16, 20, 32, 48, 64)


@dataclass(frozen=True, slots=True)
class _Series:
    """Sizes of the same proportion: features and version as in `Standard_<letters><vcpus><features>_<version>`."""

    letters: str
    features: tuple[str, ...]
    version: str
    vcpus: tuple[int, ...]
    gib_per_vcpu: int
    less: tuple[tuple[int, int], ...] = ()
    """Sizes with another memory than their proportion, in GiB."""
    arm: bool = False


_SERIES: Final = (
    _Series("D", ("", "s"), "v3", _SMALL, 4),
    _Series("D", ("", "s", "d", "ds"), "v4", _SMALL, 4),
    _Series("D", ("a", "as"), "v4", _LARGE, 4),
    _Series("D", ("", "s", "d", "ds", "as", "ads"), "v5", _LARGE, 4),
    _Series("D", ("ls", "lds"), "v5", _LARGE, 2),
    _Series("D", ("ps", "pds"), "v5", _SMALL, 4, ((64, 208),), arm=True),
    _Series("D", ("pls", "plds"), "v5", _SMALL, 2, arm=True),
    _Series("D", ("s", "ds"), "v6", (*_LARGE, 128), 4),
    _Series("D", ("as", "ads"), "v6", _LARGE, 4),
    _Series("D", ("als", "alds"), "v6", _LARGE, 2),
    _Series("D", ("ls", "lds"), "v6", (*_LARGE, 128), 2),
    _Series("D", ("ps", "pds"), "v6", _LARGE, 4, arm=True),
    _Series("D", ("pls", "plds"), "v6", _LARGE, 2, arm=True),
    _Series("E", ("", "s"), "v3", _WITH_20, 8, ((64, 432),)),
    _Series("E", ("", "s", "d", "ds"), "v4", _WITH_20, 8, ((64, 504),)),
    _Series("E", ("a", "as"), "v4", (*_WITH_20, 96), 8, ((96, 672),)),
    _Series("E", ("", "s", "d", "ds", "as", "ads"), "v5", (*_WITH_20, 96), 8, ((96, 672),)),
    _Series("E", ("ps", "pds"), "v5", (2, 4, 8, 16, 20, 32), 8, ((32, 208),), arm=True),
    _Series("F", ("s",), "v2", (2, 4, 8, 16, 32, 48, 64, 72), 2),
    _Series("L", ("s", "as"), "v3", (8, 16, 32, 48, 64, 80), 8),
)
_BURSTABLE: Final = {
    "B1ls": (1, Decimal("0.5")),
    "B1s": (1, Decimal(1)),
    "B1ms": (1, Decimal(2)),
    "B2s": (2, Decimal(4)),
    "B2ms": (2, Decimal(8)),
    "B4ms": (4, Decimal(16)),
    "B8ms": (8, Decimal(32)),
    "B12ms": (12, Decimal(48)),
    "B16ms": (16, Decimal(64)),
    "B20ms": (20, Decimal(80)),
}
_LARGE_MEMORY: Final = {"M64s": (64, 1024), "M128s": (128, 2048), "M64ds_v2": (64, 1024), "M128ds_v2": (128, 2048)}
_GPU: Final = {
    # vCPUs, GiB, GPUs and GiB of each. The H100 of NC is the NVL with 94 GB, that of ND the SXM with 80.
    "NC4as_T4_v3": (4, 28, "T4", "1", 16),
    "NC8as_T4_v3": (8, 56, "T4", "1", 16),
    "NC16as_T4_v3": (16, 110, "T4", "1", 16),
    "NC64as_T4_v3": (64, 440, "T4", "4", 16),
    "NC6s_v3": (6, 112, "V100", "1", 16),
    "NC12s_v3": (12, 224, "V100", "2", 16),
    "NC24s_v3": (24, 448, "V100", "4", 16),
    "NC24rs_v3": (24, 448, "V100", "4", 16),
    "NC24ads_A100_v4": (24, 220, "A100-80GB", "1", 80),
    "NC48ads_A100_v4": (48, 440, "A100-80GB", "2", 80),
    "NC96ads_A100_v4": (96, 880, "A100-80GB", "4", 80),
    "NC40ads_H100_v5": (40, 320, "H100", "1", 94),
    "NC80adis_H100_v5": (80, 640, "H100", "2", 94),
    "NCC40ads_H100_v5": (40, 320, "H100", "1", 94),
    "ND40rs_v2": (40, 672, "V100-32GB", "8", 32),
    "ND96asr_v4": (96, 900, "A100", "8", 40),
    "ND96amsr_A100_v4": (96, 1800, "A100-80GB", "8", 80),
    "ND96isr_H100_v5": (96, 1900, "H100", "8", 80),
    "ND96isr_H200_v5": (96, 1850, "H200", "8", 141),
    "NV18ads_A10_v5": (18, 220, "A10", "0.5", 24),
    "NV36ads_A10_v5": (36, 440, "A10", "1", 24),
    "NV36adms_A10_v5": (36, 880, "A10", "1", 24),
    "NV72ads_A10_v5": (72, 880, "A10", "2", 24),
}
_NAME: Final = re.compile(
    r"Standard_(?P<letters>[A-Z]+)(?P<vcpus>\d+)(?:-(?P<used>\d+))?(?P<features>[a-z]*)_(?P<version>v\d+)"
)
_GIB: Final = 1024


@lru_cache(maxsize=8_192)
def size(name: str) -> Instance | None:
    """What a size has, by its `armSkuName`; None where it is not known."""
    short = name.removeprefix("Standard_")
    if short == name:
        return None
    if short in _GPU:
        vcpus, gib, model, count, each = _GPU[short]
        return _instance(name, vcpus, Decimal(gib), gpu=Gpu(model, Decimal(count), each * _GIB))
    if short in _BURSTABLE:
        return _instance(name, *_BURSTABLE[short], burstable=True)
    if short in _LARGE_MEMORY:
        vcpus, gib = _LARGE_MEMORY[short]
        return _instance(name, vcpus, Decimal(gib), unit=CpuUnit.THREAD)
    return _of_series(name)


def _of_series(name: str) -> Instance | None:
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    vcpus = int(found["vcpus"])
    for series in _SERIES:
        same = series.letters == found["letters"] and series.version == found["version"]
        if same and found["features"] in series.features and vcpus in series.vcpus:
            gib = dict(series.less).get(vcpus, vcpus * series.gib_per_vcpu)
            # A constrained size, such as E8-4s_v5, has the memory and the price of the whole one and fewer vCPUs.
            used = int(found["used"] or vcpus)
            unit = CpuUnit.CORE if series.arm else CpuUnit.THREAD
            return _instance(name, used, Decimal(gib), arm=series.arm, unit=unit) if 0 < used <= vcpus else None
    return None


def _instance(
    name: str,
    vcpus: int,
    gib: Decimal,
    *,
    gpu: Gpu | None = None,
    burstable: bool = False,
    arm: bool = False,
    unit: CpuUnit = CpuUnit.UNKNOWN,
) -> Instance:
    return Instance(
        provider=Provider.AZURE,
        type=name,
        family=family_of(Provider.AZURE, name),
        millicpus=vcpus * 1000,
        memory_mib=int(gib * _GIB),
        cpu_unit=unit,
        architecture=Architecture.ARM64 if arm else Architecture.X86_64,
        gpu=gpu,
        burstable=burstable,
    )
