"""Why an offer, or a whole load, is not published."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from services.pricing.domain.offers import Offer


class Reason(StrEnum):
    """The invariant that does not hold."""

    INCONSISTENT = "inconsistent"
    """The key and what it belongs to contradict each other: provider, instance type, currency, or term."""
    CURRENCY_UNKNOWN = "currency_unknown"
    """The price is in a currency that no provider quotes."""
    PRICE_NOT_POSITIVE = "price_not_positive"
    """The price is zero or negative: nothing is free, and unknown is absent."""
    PRICE_TOO_HIGH = "price_too_high"
    """The price is beyond anything sold by the hour: the total of a term, or an amount in another unit."""
    INSTANCE_IMPLAUSIBLE = "instance_implausible"
    """The vCPUs, the memory, the memory for each vCPU or the accelerators are out of what exists."""
    UPFRONT_NOT_AMORTISED = "upfront_not_amortised"
    """What is paid at the beginning, spread over the hours of the term, is more than the hourly price has in it."""
    PRICES_DIFFER = "prices_differ"
    """Two rows have the same key and different prices. Both are held back: nothing says which is right."""
    REGION_RATIO_OUT_OF_BAND = "region_ratio_out_of_band"
    """The price is too far from what the same type costs in the provider's other regions."""
    SIZE_RATIO_OUT_OF_BAND = "size_ratio_out_of_band"
    """The price is too far from that of the other sizes of the family, by vCPU and by GiB."""
    COMMITMENT_NOT_BELOW_ON_DEMAND = "commitment_not_below_on_demand"
    """A commitment, or use for a whole month, costs as much as the same without, or more."""
    THREE_YEARS_NOT_BELOW_ONE = "three_years_not_below_one"
    """A commitment of three years costs as much by the hour as one of one year, or more. Both are held back."""
    ROW_COUNT_OUT_OF_BAND = "row_count_out_of_band"
    """The load has far fewer or far more offers than the last one: it is refused as a whole."""


SPOT_ABOVE_ON_DEMAND: Final = "spot_above_on_demand"
"""The flag of a spot offer that costs more than the same on demand. That happens: it is published all the same."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An offer that is held back."""

    offer: Offer
    reason: Reason
    detail: str
    """Which figure it is, and what it was held against."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A load after the check. Every offer of the batch is accepted, quarantined, or repeats one that is."""

    accepted: list[Offer]
    """In the order of the batch, with `flags` brought up to date."""
    quarantined: list[Quarantined]
    """In the order of the batch."""
    refused: str | None
    """`row_count_out_of_band` and what was found, where nothing of the load may be published."""
