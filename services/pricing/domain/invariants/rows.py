"""What must hold of an offer by itself."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from services.pricing.domain.invariants.reasons import Reason
from services.pricing.domain.money import HOURS_A_YEAR
from services.pricing.domain.offers import COMMITTED

if TYPE_CHECKING:
    from services.pricing.domain.offers import Instance, Offer

CURRENCIES: Final = frozenset(
    {
        "USD", "AUD", "BRL", "CAD", "CHF", "CNY", "DKK", "EUR", "GBP", "INR", "JPY", "KRW", "NOK", "NZD", "RUB", "SEK",
        "TWD",
    }
)  # fmt: skip
"""What Azure quotes in, after the page "Azure Retail Prices overview" (learn.microsoft.com; an excerpt, 2026-11-21): a
currency that is missing here is held back for a person, and not lost. AWS quotes in dollars, in China in yuan, and
GCP in dollars unless asked."""
PRICE_LIMIT: Final = 10**15
"""Nanos for an hour, a million units of the currency: the columns of the index hold less. The dearest hour in the price
facts read 2026-11-20 costs 169.60 dollars."""
VCPU_BAND: Final = (100, 4_096_000)
"""Thousandths of vCPUs. The smallest that is sold is a fifth of one (GCP's f1-micro), the largest 1,920 (AWS's
u7inh-32tb.480xlarge); both with twice the room."""
MEMORY_BAND: Final = (256, 64 * 1_024 * 1_024)
"""MiB. The smallest that is sold has 0.5 GiB (AWS's t3.nano), the largest 32 TiB (u7in-32tb); both with twice the
room."""
MEMORY_PER_VCPU_BAND: Final = (Decimal("0.125"), Decimal(256))
"""GiB. The least that is sold is 0.25 (t3.nano), the most 112 (Azure's Standard_M64-16ms, which has 16 of the 64
vCPUs); with twice the room."""
GPU_LIMIT: Final = 72
"""Accelerators of one instance: as many as a whole rack of GB200 has (AWS's u-p6e-gb200x72). Above are miscounts."""
TERMS: Final = frozenset({12, 36})
"""Months of a commitment."""
_ROUNDING: Final = 10
"""Nanos an hour: what an hourly price may lack of the upfront amount's share, after both were rounded."""
_MIB_IN_A_GIB: Final = 1_024
_MILLI: Final = 1_000

Fault = tuple[Reason, str]


def fault(offer: Offer) -> Fault | None:
    """What is wrong with the offer by itself; None for nothing."""
    return _contradiction(offer) or _amount(offer) or _instance(offer.instance) or _upfront(offer)


def _contradiction(offer: Offer) -> Fault | None:
    key, instance = offer.key, offer.instance
    if not key.provider == instance.provider == offer.source.provider:
        return (
            Reason.INCONSISTENT,
            f"{key.provider}'s key, {instance.provider}'s type, {offer.source.provider}'s source",
        )
    if key.instance_type != instance.type:
        return Reason.INCONSISTENT, f"the key has {key.instance_type}, the instance is {instance.type}"
    if key.currency != offer.hourly.currency:
        return Reason.INCONSISTENT, f"the key has {key.currency}, the price is in {offer.hourly.currency}"
    if (key.purchase in COMMITTED) != (key.term_months in TERMS) or key.term_months not in TERMS | {0}:
        return Reason.INCONSISTENT, f"{key.purchase} for {key.term_months} months"
    return None


def _amount(offer: Offer) -> Fault | None:
    if offer.hourly.currency not in CURRENCIES:
        return Reason.CURRENCY_UNKNOWN, f"currency {offer.hourly.currency!r}"
    if offer.hourly.nanos <= 0:
        return Reason.PRICE_NOT_POSITIVE, f"{offer.hourly} an hour"
    if offer.hourly.nanos >= PRICE_LIMIT:
        return Reason.PRICE_TOO_HIGH, f"{offer.hourly} an hour is not below {PRICE_LIMIT // 10**9}"
    return None


def _instance(instance: Instance) -> Fault | None:
    if not VCPU_BAND[0] <= instance.millicpus <= VCPU_BAND[1]:
        return _implausible(f"{instance.millicpus} thousandths of a vCPU", VCPU_BAND)
    if not MEMORY_BAND[0] <= instance.memory_mib <= MEMORY_BAND[1]:
        return _implausible(f"{instance.memory_mib} MiB", MEMORY_BAND)
    lowest, highest = MEMORY_PER_VCPU_BAND
    gib, vcpus = instance.memory_mib * _MILLI, instance.millicpus * _MIB_IN_A_GIB
    if not lowest * vcpus <= gib <= highest * vcpus:
        return _implausible(f"{gib / vcpus:.3g} GiB for each vCPU", MEMORY_PER_VCPU_BAND)
    if instance.gpu is not None and not 0 < instance.gpu.count <= GPU_LIMIT:
        return _implausible(f"{instance.gpu.count} accelerators", ("above 0", GPU_LIMIT))
    return None


def _implausible(found: str, band: tuple[object, object]) -> Fault:
    return Reason.INSTANCE_IMPLAUSIBLE, f"{found}; the band is {band[0]} to {band[1]}"


def _upfront(offer: Offer) -> Fault | None:
    """An offer's hourly price has its share of what is paid upfront in it, whatever the way of paying."""
    if offer.upfront is None:
        return None
    if offer.upfront.currency != offer.hourly.currency or offer.upfront.nanos < 0:
        return Reason.INCONSISTENT, f"{offer.upfront} upfront, {offer.hourly} an hour"
    hours = HOURS_A_YEAR * offer.key.term_months // 12
    if offer.upfront.nanos > (offer.hourly.nanos + _ROUNDING) * hours:
        return Reason.UPFRONT_NOT_AMORTISED, f"{offer.upfront} upfront, {offer.hourly} in each of {hours} hours"
    return None
