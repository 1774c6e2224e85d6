"""What can be explained, and what of it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.pricing.domain.offers import Purchase, Tenancy
from services.pricing.domain.questions.lexicon import Sign

if TYPE_CHECKING:
    from services.pricing.domain.questions.grammar import Reading

_TOPICS: Final[dict[object, str]] = {
    Purchase.SPOT: "spot",
    Purchase.RESERVED: "reserved-instances",
    Purchase.SAVINGS_PLAN: "savings-plans",
    Purchase.COMMITTED_USE: "committed-use",
    Purchase.SUSTAINED_USE: "sustained-use",
    Purchase.ON_DEMAND: "on-demand",
    Purchase.LOW_PRIORITY: "low-priority",
    Purchase.CAPACITY_BLOCK: "capacity-blocks",
}
_TOPICS_OF_SIGNS: Final = (
    (Sign.INTERRUPTION, "spot"),
    (Sign.BREAK_EVEN, "break-even"),
    (Sign.BURSTABLE, "burstable"),
    (Sign.COMMITMENT, "reserved-instances"),
    (Sign.PAYMENT, "reserved-instances"),
    (Sign.GRAVITON, "vcpu"),
    (Sign.VCPU, "vcpu"),
)
TOPICS: Final = frozenset(_TOPICS.values()) | {
    "break-even", "burstable", "byol", "dedicated-hosts", "egress", "regions-zones", "token-prices", "vcpu",
}  # fmt: skip
"""What can be explained."""


def needs(reading: Reading) -> bool:
    """Whether it says what a machine must have."""
    amounts = (
        reading.millicpus_at_least, reading.millicpus_at_most, reading.memory_at_least, reading.memory_at_most,
    )  # fmt: skip
    return reading.gpu or any(each is not None for each in amounts)


def explained(reading: Reading) -> str:
    """The topic that is to be explained; empty where nothing is."""
    cues = reading.cues
    if reading.types or reading.families or reading.partial or reading.gpu_models or reading.budget or reading.quantity:
        return ""
    plain = not cues & {Sign.PRICE, Sign.CHEAPEST, Sign.ESTIMATE, Sign.RECOMMEND, Sign.CHANGE, Sign.HISTORY}
    if reading.topics and not needs(reading):
        return reading.topics[0]
    asks = Sign.EXPLAIN in cues or (plain and bool(cues & {Sign.DEFINE, Sign.DIFFERENCE}))
    if not asks or needs(reading) or (Sign.CHANGE in cues and Sign.PRICE in cues):
        return ""
    if reading.topics:
        return reading.topics[0]
    if reading.purchases:
        return _TOPICS[reading.purchases[0]]
    if reading.tenancies:
        return "dedicated-hosts" if Tenancy.SHARED not in reading.tenancies else ""
    return next((topic for sign, topic in _TOPICS_OF_SIGNS if sign in cues), "")
