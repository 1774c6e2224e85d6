"""What people decided about rows that a load has again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from services.pricing.domain.invariants import Checked, Quarantined
from services.pricing.domain.offers import Offer
from services.pricing.domain.quarantine import (
    APPROVED_FLAG,
    HeldBack,
    QuarantinedRow,
    QuarantineState,
    digest_of,
)


@dataclass(slots=True)
class Sorted:
    """The offers of one provider's load, by what becomes of them."""

    accepted: dict[str, Offer] = field(default_factory=dict)
    """By id."""
    held_back: list[HeldBack] = field(default_factory=list)
    """What goes into quarantine, or is there."""
    held: set[str] = field(default_factory=set)
    """The ids of offers that are held back: what the base has of them stays."""


def held(row: Quarantined) -> HeldBack:
    """An offer that breaks an invariant, as the quarantine takes it."""
    return HeldBack(row.offer.key.provider, row.reason, row.detail, row.offer.source.locator, row.offer)


def sort_out(checked: Checked, decided: Mapping[bytes, QuarantineState]) -> Sorted:
    """Approved rows are accepted although an invariant does not hold, with a flag that says so."""
    found = Sorted({offer.key.id: offer for offer in checked.accepted})
    for row in checked.quarantined:
        back = held(row)
        found.held_back.append(back)
        if decided.get(digest_of(back)) is QuarantineState.APPROVED:
            found.accepted[row.offer.key.id] = approved(row.offer)
        else:
            found.held.add(row.offer.key.id)
    found.held -= found.accepted.keys()
    return found


def take_up(found: Sorted, pending: Iterable[QuarantinedRow]) -> None:
    """Adds what was approved since the last version, where the load has nothing newer of it."""
    for row in pending:
        if row.offer is not None and row.offer.key.id not in found.accepted:
            found.accepted[row.offer.key.id] = approved(row.offer)
            found.held.discard(row.offer.key.id)


def approved(offer: Offer) -> Offer:
    """The offer with the flag of those that a person let through."""
    others = tuple(flag for flag in offer.flags if flag != APPROVED_FLAG)
    return replace(offer, flags=(*others, APPROVED_FLAG))
