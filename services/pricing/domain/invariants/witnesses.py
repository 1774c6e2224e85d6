"""Offers of the last version that a load is held against, where it did not read them anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from services.pricing.domain.constraints import Constraints

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from services.pricing.domain.offers import Offer, Provider, Purchase
    from services.pricing.domain.readings import Coverage

Part = tuple["Provider", str, "Purchase"]
"""Provider, region, and way of buying."""


class Rows(Protocol):
    """Numbers of rows."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Any]: ...


class Loaded(Protocol):
    """The last version, as `services.pricing.domain.index.CatalogueIndex` is one."""

    def select(self, constraints: Constraints) -> Rows:
        """The rows that satisfy the constraints."""
        ...

    def offer(self, row: int) -> Offer:
        """The offer in a row."""
        ...


def part_of(offer: Offer) -> Part:
    """The part of a catalogue that an offer belongs to."""
    return offer.key.provider, offer.key.region, offer.key.purchase


def covered_parts(covered: Iterable[Coverage]) -> Iterator[Part]:
    """The parts that were read to their end and were not what they had been."""
    for each in covered:
        if not each.unchanged and each.region:
            for purchase in each.purchases:
                yield each.provider, each.region, purchase


def witnesses(batch: Sequence[Offer], previous: Loaded | None, covered: Iterable[Coverage]) -> list[Offer]:
    """The offers of the last version of the batch's providers, without the parts that the batch brings anew.

    A refresh reads what has changed: savings plans without the on-demand prices they are held against, or one region
    without its siblings. Those still hold as they were published.
    """
    if previous is None or not batch:
        return []
    anew = {*map(part_of, batch), *covered_parts(covered)}
    read = {row for part in anew for row in rows_of(previous, part)}
    providers = tuple(sorted({offer.key.provider for offer in batch}))
    return [previous.offer(row) for row in previous.select(Constraints(providers=providers)) if row not in read]


def rows_of(previous: Loaded, part: Part) -> Rows:
    """The rows of a part in the last version."""
    provider, region, purchase = part
    return previous.select(Constraints(providers=(provider,), regions=(region,), purchases=(purchase,)))
