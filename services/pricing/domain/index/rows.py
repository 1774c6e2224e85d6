"""The offers of one version as columns, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

import numpy as np

from services.pricing.domain.index.columns import Column, Integers, encoded, frozen
from services.pricing.domain.money import Money
from services.pricing.domain.offers import (
    Instance,
    Licence,
    Offer,
    OfferKey,
    OperatingSystem,
    Payment,
    Provider,
    Purchase,
    Source,
    Tenancy,
)

KEY_PARTS: Final[Mapping[str, type]] = {
    "provider": Provider,
    "region": str,
    "zone": str,
    "instance_type": str,
    "purchase": Purchase,
    "os": OperatingSystem,
    "licence": Licence,
    "tenancy": Tenancy,
    "term_months": int,
    "payment": Payment,
    "plan": str,
    "currency": str,
}
"""The parts of an offer's key, and what they are. Enums are ordered as they are declared."""
DEAREST: Final = 10**15
"""An hourly price in nanos is below this, a million units: all that is computed from it fits into 64 bits."""
# What `unit_prices.divided` can divide by, beside none.
_FEWEST_GPUS = Decimal("0.001")
_MOST_GPUS = 10_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The offers, row by row in the order of their ids. Moments are microseconds since 1970."""

    key: Mapping[str, Column]
    """By the name of the key's part."""
    instance: Column
    locator: Column
    note: Column
    observed: Column
    effective: Column
    flags: Column
    hourly: Integers
    """Nanos."""
    upfront: Integers
    """Nanos; -1 where there is none."""

    def __len__(self) -> int:
        return len(self.hourly)

    def offer_key(self, row: int) -> OfferKey:
        """The key of the row's offer."""
        return OfferKey(**{part: column.value(row) for part, column in self.key.items()})

    def source(self, row: int) -> Source:
        """Where the row's price comes from."""
        effective = self.effective.value(row)
        return Source(
            provider=self.key["provider"].value(row),
            locator=self.locator.value(row),
            observed_at=moment(self.observed.value(row)),
            effective_from=None if effective is None else moment(effective),
            note=self.note.value(row),
        )

    def offer(self, row: int) -> Offer:
        """The row's offer, equal to the one that it was made of."""
        key, upfront = self.offer_key(row), self.upfront.item(row)
        return Offer(
            key=key,
            instance=self.instance.value(row),
            hourly=Money(self.hourly.item(row), key.currency),
            source=self.source(row),
            upfront=None if upfront < 0 else Money(upfront, key.currency),
            flags=self.flags.value(row),
        )


def microseconds(at: datetime) -> int:
    """Since 1970, of a moment with an offset."""
    return (at - _EPOCH) // _MICROSECOND


def moment(since: int) -> datetime:
    """The moment so many microseconds after 1970, in UTC."""
    return _EPOCH + timedelta(microseconds=int(since))


def rows_of(offers: Iterable[Offer]) -> Rows:
    """The offers as columns.

    Raises:
        ValueError: two offers have one id, or the parts of one contradict each other or cannot be held.
    """
    ordered = sorted(((offer.key.id, offer) for offer in offers), key=lambda pair: pair[0])
    for (name, _), (following, _) in pairwise(ordered):
        if name == following:
            raise ValueError(f"two offers are {name}")
    found = [offer for _, offer in ordered]
    for offer in found:
        _check(offer)
    sources = [offer.source for offer in found]
    return Rows(
        key={part: _part([getattr(offer.key, part) for offer in found], kind) for part, kind in KEY_PARTS.items()},
        instance=encoded([offer.instance for offer in found], _by_type),
        locator=encoded([source.locator for source in sources]),
        note=encoded([source.note for source in sources]),
        observed=encoded([microseconds(source.observed_at) for source in sources]),
        effective=encoded([_microseconds(source.effective_from) for source in sources]),
        flags=encoded([offer.flags for offer in found]),
        hourly=_whole([offer.hourly.nanos for offer in found]),
        upfront=_whole([-1 if offer.upfront is None else offer.upfront.nanos for offer in found]),
    )


def _part(values: list[Any], kind: type) -> Column:
    if kind in (str, int):
        return encoded(values)
    return encoded(values, list(kind).index)  # type: ignore[call-overload]


def _by_type(instance: Instance) -> tuple[str, str, str]:
    # One type may stand in several forms, such as with and without its network's speed: any fixed order will do.
    return instance.provider, instance.type, repr(instance)


def _microseconds(at: datetime | None) -> int | None:
    return None if at is None else microseconds(at)


def _whole(values: Sequence[int]) -> Integers:
    return frozen(np.array(values, np.int64))


def _check(offer: Offer) -> None:
    key, instance = offer.key, offer.instance
    if (instance.provider, instance.type, offer.source.provider) != (key.provider, key.instance_type, key.provider):
        raise ValueError(f"{key.id}: its instance or its source is of something else")
    amounts = [offer.hourly] if offer.upfront is None else [offer.hourly, offer.upfront]
    if any(amount.currency != key.currency or amount.nanos < 0 for amount in amounts) or offer.hourly.nanos >= DEAREST:
        raise ValueError(f"{key.id}: {offer.hourly} is no price that can be held")
    if instance.gpu is not None and not _countable(instance.gpu.count):
        raise ValueError(f"{key.id}: {instance.gpu.count} is no number of GPUs")


def _countable(gpus: Decimal) -> bool:
    if not gpus:
        return True
    return _FEWEST_GPUS <= gpus <= _MOST_GPUS and 10**6 % gpus.as_integer_ratio()[1] == 0
