"""The accelerators of the instance families: the price list has only how many GPUs a type has.

Model and memory are of the pages of "Amazon EC2 accelerated computing instances" (docs.aws.amazon.com/ec2/latest/
instancetypes/ac.html, read 2026-11-21), memory as its nominal size of each GPU.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple


class Accelerator(NamedTuple):
    """A model, and the memory of each in MiB."""

    model: str
    memory_mib: int


_GIB = 1024
_BY_FAMILY: Final = {
    "p2": Accelerator("K80", 12 * _GIB),
    "p3": Accelerator("V100", 16 * _GIB),
    "p3dn": Accelerator("V100-32GB", 32 * _GIB),
    "p4d": Accelerator("A100", 40 * _GIB),
    "p4de": Accelerator("A100-80GB", 80 * _GIB),
    "p5": Accelerator("H100", 80 * _GIB),
    "p5e": Accelerator("H200", 141 * _GIB),
    "p5en": Accelerator("H200", 141 * _GIB),
    "p6-b200": Accelerator("B200", 180 * _GIB),
    "g3": Accelerator("M60", 8 * _GIB),
    "g3s": Accelerator("M60", 8 * _GIB),
    "g4dn": Accelerator("T4", 16 * _GIB),
    "g5": Accelerator("A10G", 24 * _GIB),
    "g5g": Accelerator("T4G", 16 * _GIB),
    "g6": Accelerator("L4", 24 * _GIB),
    "gr6": Accelerator("L4", 24 * _GIB),
    "g6f": Accelerator("L4", 24 * _GIB),
    "gr6f": Accelerator("L4", 24 * _GIB),
    "g6e": Accelerator("L40S", 48 * _GIB),
}
_COUNTED: Final = {
    "trn1.2xlarge": 1,
    "trn1.32xlarge": 16,
    "trn1n.32xlarge": 16,
}
"""AWS Trainium is no GPU: the price list does not count it. 32 GiB each."""
_TRAINIUM: Final = Accelerator("Trainium", 32 * _GIB)
# A fraction of a GPU: the price list says one, or nothing (g6f and gr6f: 1/8, 1/4 and 1/2 of an L4).
_FRACTIONS: Final = {
    "g6f.large": Decimal("0.125"),
    "g6f.xlarge": Decimal("0.125"),
    "g6f.2xlarge": Decimal("0.25"),
    "g6f.4xlarge": Decimal("0.5"),
    "gr6f.4xlarge": Decimal("0.5"),
}


def accelerator(family: str) -> Accelerator | None:
    """What the family's types have; None where it is not known."""
    return _BY_FAMILY.get(family)


def uncounted(instance_type: str) -> tuple[Accelerator, Decimal] | None:
    """The accelerators that the price list does not count, or counts wrongly; None for none."""
    if instance_type in _COUNTED:
        return _TRAINIUM, Decimal(_COUNTED[instance_type])
    fraction = _FRACTIONS.get(instance_type)
    return (_BY_FAMILY[instance_type.split(".")[0]], fraction) if fraction is not None else None
