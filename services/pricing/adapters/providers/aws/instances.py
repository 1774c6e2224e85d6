"""Instance types, from the columns of the price list."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from services.pricing.adapters.providers.aws.accelerators import accelerator, uncounted
from services.pricing.adapters.providers.parsing.verdicts import NoOffer
from services.pricing.domain.families import family_of
from services.pricing.domain.offers import Architecture, CpuUnit, Gpu, Instance, Provider
from services.pricing.domain.readings import RejectReason

_TYPE = re.compile(r"[a-z][a-z0-9-]{0,30}\.[a-z0-9-]{1,30}")
_MEMORY = re.compile(r"([\d,]+(?:\.\d+)?) GiB")
_DISKS = re.compile(r"(?:(\d+) x )?(\d+)(?: ?GB)?(?: (?:NVMe )?(?:SSD|HDD))?")
_NETWORK = re.compile(r"(\d+(?:\.\d+)?) (Gigabit|Megabit|Gbps|Mbps)")
_BURSTABLE = re.compile(r"t\d[a-z]*")
_WHOLE_CORES = re.compile(r"t2|(?:[cmr]|hpc)[7-9]a[a-z]*(?:-flex)?")
_NOTHING = {"", "NA", "0"}
_GB = 1_000_000_000


def read_instance(column: Callable[[str], str]) -> Instance:
    """The type of a row. Raises NoOffer where it does not say enough, or says what is not known."""
    name = column("Instance Type")
    if not _TYPE.fullmatch(name):
        raise NoOffer(RejectReason.MALFORMED, f"instance type {name!r}")
    family = family_of(Provider.AWS, name)
    processor = column("Physical Processor")
    return Instance(
        provider=Provider.AWS,
        type=name,
        family=family,
        millicpus=_vcpus(column("vCPU")) * 1000,
        memory_mib=_memory(column("Memory")),
        cpu_unit=_cpu_unit(family, processor),
        architecture=_architecture(processor, column("Processor Architecture")),
        gpu=_gpu(name, family, column("GPU")),
        burstable=bool(_BURSTABLE.fullmatch(family)),
        local_disk_gib=_disk(column("Storage")),
        network_mbps=_network(column("Network Performance")),
    )


def _vcpus(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 10_000:
        raise NoOffer(RejectReason.UNKNOWN_SHAPE, f"vCPU {text!r}")
    return int(text)


def _memory(text: str) -> int:
    match = _MEMORY.fullmatch(text)
    if match is None:
        raise NoOffer(RejectReason.UNKNOWN_SHAPE, f"memory {text!r}")
    return int(Decimal(match[1].replace(",", "")) * 1024)


def _cpu_unit(family: str, processor: str) -> CpuUnit:
    """A vCPU is a thread of an x86 core, but a core of Graviton, of AMD from the seventh generation on and of T2.

    After "CPU options for EC2 instances" in the EC2 user guide, in part from general knowledge.
    """
    if "graviton" in processor.lower() or _WHOLE_CORES.fullmatch(family):
        return CpuUnit.CORE
    return CpuUnit.THREAD if processor.startswith(("Intel", "AMD")) else CpuUnit.UNKNOWN


def _architecture(processor: str, bits: str) -> Architecture:
    """The list says `64-bit` of Arm, too; only the processor's name tells."""
    if "graviton" in processor.lower() or processor.startswith("Apple"):
        return Architecture.ARM64
    known = processor.startswith(("Intel", "AMD", "High Frequency Intel", "Variable"))
    return Architecture.X86_64 if known and "64-bit" in bits else Architecture.UNKNOWN


def _gpu(name: str, family: str, count: str) -> Gpu | None:
    special = uncounted(name)
    if special is not None:
        return Gpu(special[0].model, special[1], special[0].memory_mib)
    if count in _NOTHING:
        if accelerator(family) is not None:
            raise NoOffer(RejectReason.UNKNOWN_SHAPE, f"{name} has accelerators, the row has none")
        return None
    model = accelerator(family)
    if model is None or not count.isdecimal():
        raise NoOffer(RejectReason.UNKNOWN_SHAPE, f"which {count} GPUs {name} has")
    return Gpu(model.model, Decimal(count), model.memory_mib)


def _disk(text: str) -> int | None:
    if text.lower() == "ebs only":
        return 0
    match = _DISKS.fullmatch(text)
    return None if match is None else int(match[1] or 1) * int(match[2]) * _GB // 1024**3


def _network(text: str) -> int | None:
    """What is promised; `Up to` is not."""
    match = _NETWORK.fullmatch(text)
    if match is None:
        return None
    return int(Decimal(match[1]) * (1000 if match[2].startswith("G") else 1))
