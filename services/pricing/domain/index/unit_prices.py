"""What an offer costs for each vCPU, GiB and GPU: exact, then rounded to whole nanos, half to even."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from services.pricing.domain.money import Money
from services.pricing.domain.offers import Instance, Offer

if TYPE_CHECKING:
    from services.pricing.domain.index.columns import Integers

_MILLI = 1_000
_MIB_IN_A_GIB = 1_024
UNDEFINED = (0, 1)
"""The amount of what an instance does not have."""


def vcpus(instance: Instance) -> tuple[int, int]:
    """The vCPUs as numerator and denominator."""
    return instance.millicpus, _MILLI


def gib(instance: Instance) -> tuple[int, int]:
    """The memory in GiB as numerator and denominator."""
    return instance.memory_mib, _MIB_IN_A_GIB


def gpus(instance: Instance) -> tuple[int, int]:
    """The GPUs as numerator and denominator."""
    return UNDEFINED if instance.gpu is None else instance.gpu.count.as_integer_ratio()


def per_vcpu(offer: Offer) -> Money | None:
    """An hour of one vCPU; None where there are none."""
    return _per(offer, vcpus(offer.instance))


def per_gib(offer: Offer) -> Money | None:
    """An hour of one GiB of memory; None where there is none."""
    return _per(offer, gib(offer.instance))


def per_gpu(offer: Offer) -> Money | None:
    """An hour of one whole GPU; None without any."""
    return _per(offer, gpus(offer.instance))


def _per(offer: Offer, amount: tuple[int, int]) -> Money | None:
    numerator, denominator = amount
    if numerator <= 0:
        return None
    return Money(_nearest(offer.hourly.nanos * denominator, numerator), offer.hourly.currency)


def _nearest(dividend: int, divisor: int) -> int:
    quotient, rest = divmod(dividend, divisor)
    return quotient + (2 * rest > divisor or (2 * rest == divisor and quotient % 2 == 1))


def divided(hourly: Integers, numerators: Integers, denominators: Integers) -> Integers:
    """`hourly / (numerators / denominators)`, row by row, as `per_vcpu` and the others have it; -1 where the numerator
    is not positive.

    No step leaves 64 bits as long as an hourly price is below 10^15 nanos and an amount is from a thousandth to ten
    thousand with at most six decimal places, in GiB to a million with ten binary ones.
    """
    safe = np.maximum(numerators, 1)
    whole, rest = np.divmod(hourly, safe)
    quotient, rest = np.divmod(rest * denominators, safe)
    quotient += whole * denominators
    quotient += (2 * rest > safe) | ((2 * rest == safe) & (quotient % 2 == 1))
    return np.where(numerators > 0, quotient, -1)
