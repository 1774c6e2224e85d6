"""Prices beside those of their siblings: the same type in other regions, other sizes of the same family."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Final

from services.pricing.domain.invariants.reasons import Reason
from services.pricing.domain.offers import INTERRUPTIBLE, OperatingSystem

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from services.pricing.domain.invariants.rows import Fault
    from services.pricing.domain.offers import Offer

REGION_FACTOR: Final = 3.0
"""How many times a list price may be the median over the provider's regions, or that be it. In the price facts read
2026-11-20 prices are from 0.61 (AWS's r6gd.2xlarge in Mumbai) to 1.78 times the median (Azure's ND96amsr_A100_v4 in
São Paulo); the band is a little below twice that, and catches a wrong unit, currency or part of a composed price."""
REGION_FACTOR_SPOT: Final = 8.0
"""The same for what the provider may take away. Spot prices are each region's own: in the facts from 0.35 to 3.5 times
the median (both GCP's m3-ultramem); the band is a little above twice that."""
SIZE_FACTOR: Final = 3.0
"""How many times the price by vCPU, or that by GiB, may be the family's median. In the price facts read 2026-11-20 list
prices are within a thousandth of it (burstable families by GiB, all others by vCPU). Full price lists have families
with the same accelerator, no GPU, in small and large sizes, and sizes with a part of the vCPUs switched off at the same
price; the factor leaves room for them."""
SIZE_FACTOR_SPOT: Final = 8.0
"""The same for what the provider may take away. Each size has its own market: in the facts from 0.67 to 1.35 times."""
LEAST_SIBLINGS: Final = 3
"""Regions, or sizes, before a median says anything: of two that differ nobody knows which is wrong."""


def region_group(offer: Offer) -> Hashable:
    """Offers with the same are the same thing in several regions and zones of one provider."""
    key = offer.key
    return (
        key.provider, key.instance_type, key.purchase, key.os, key.licence, key.tenancy, key.term_months, key.payment,
        key.plan, key.currency,
    )  # fmt: skip


def size_group(offer: Offer) -> Hashable | None:
    """Offers with the same are several sizes of one family in one place; None for what is not sold by its size.

    GPUs make most of a price and do not grow with vCPUs. Licences are sold in steps, so that only Linux is compared.
    """
    key = offer.key
    if offer.instance.gpu is not None or key.os is not OperatingSystem.LINUX:
        return None
    return (
        key.provider, key.region, key.zone, offer.instance.family, key.purchase, key.licence, key.tenancy,
        key.term_months, key.payment, key.plan, key.currency,
    )  # fmt: skip


def outside_regions(batch: Sequence[Offer], rows: Sequence[int]) -> Iterator[tuple[int, Fault]]:
    """The rows of a group of regions that are out of the band, and why."""
    regions = {batch[row].key.region for row in rows}
    if len(regions) < LEAST_SIBLINGS:
        return
    middle = median(batch[row].hourly.nanos for row in rows)
    factor = REGION_FACTOR_SPOT if batch[rows[0]].key.purchase in INTERRUPTIBLE else REGION_FACTOR
    for row in rows:
        ratio = batch[row].hourly.nanos / middle
        if not 1 / factor <= ratio <= factor:
            yield (
                row,
                (
                    Reason.REGION_RATIO_OUT_OF_BAND,
                    f"{batch[row].hourly} an hour is {ratio:.3g} times the median of {len(regions)} regions, "
                    f"{middle / 10**9:.6g}; {_allowed(factor)}",
                ),
            )


def outside_sizes(batch: Sequence[Offer], rows: Sequence[int]) -> Iterator[tuple[int, Fault]]:
    """The rows of a group of sizes that are out of the band both by vCPU and by GiB, and why."""
    types = {batch[row].key.instance_type for row in rows}
    if len(types) < LEAST_SIBLINGS:
        return
    by_vcpu = [batch[row].hourly.nanos / batch[row].instance.millicpus for row in rows]
    by_gib = [batch[row].hourly.nanos / batch[row].instance.memory_mib for row in rows]
    vcpu, gib = median(by_vcpu), median(by_gib)
    factor = SIZE_FACTOR_SPOT if batch[rows[0]].key.purchase in INTERRUPTIBLE else SIZE_FACTOR
    for row, of_vcpu, of_gib in zip(rows, by_vcpu, by_gib, strict=True):
        ratios = of_vcpu / vcpu, of_gib / gib
        if not any(1 / factor <= ratio <= factor for ratio in ratios):
            yield (
                row,
                (
                    Reason.SIZE_RATIO_OUT_OF_BAND,
                    f"{batch[row].hourly} an hour is {ratios[0]:.3g} times the median of {len(types)} sizes of "
                    f"{batch[row].instance.family} by vCPU and {ratios[1]:.3g} times by GiB; {_allowed(factor)}",
                ),
            )


def _allowed(factor: float) -> str:
    return f"the band is {1 / factor:.3g} to {factor:.3g}"
