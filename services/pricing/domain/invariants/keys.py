"""One price for each key."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from services.pricing.domain.invariants.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from services.pricing.domain.invariants.rows import Fault
    from services.pricing.domain.offers import Offer, OfferKey


def repeated(batch: Sequence[Offer], rows: Iterable[int]) -> Iterator[list[int]]:
    """The rows that share a key, where more than one does."""
    by_key: dict[OfferKey, list[int]] = defaultdict(list)
    for row in rows:
        by_key[batch[row].key].append(row)
    return (same for same in by_key.values() if len(same) > 1)


def settled(batch: Sequence[Offer], same: Sequence[int]) -> int | None:
    """The row that stands for these with one key: the one that was read last. None where they have different prices.

    Among rows read at one time it is the first by the text of all it says: the order of the batch makes no difference.
    """
    if len({(batch[row].hourly, batch[row].upfront) for row in same}) > 1:
        return None
    newest = max(batch[row].source.observed_at for row in same)
    return min((row for row in same if batch[row].source.observed_at == newest), key=lambda row: repr(batch[row]))


def differing(batch: Sequence[Offer], same: Sequence[int]) -> Fault:
    """What is wrong with rows that share a key and have different prices."""
    prices = sorted({str(batch[row].hourly) for row in same})
    upfront = sorted({str(batch[row].upfront) for row in same if batch[row].upfront is not None})
    told = f" ({', '.join(upfront)} upfront)" if len(upfront) > 1 else ""
    return Reason.PRICES_DIFFER, f"{len(same)} rows with this key, at {', '.join(prices)}{told}"
