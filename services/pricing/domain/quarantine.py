"""Rows that were read and not published, until somebody has looked at them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from datetime import datetime

    from services.pricing.domain.offers import Offer, Provider


class QuarantineState(StrEnum):
    """What was decided about a row."""

    OPEN = "open"
    """Nothing yet."""
    APPROVED = "approved"
    """It is right after all: the next version has it, and so do later ones as long as it is read unchanged."""
    DISMISSED = "dismissed"
    """It is wrong, or of no interest; the same row does not come up again."""


APPROVED_FLAG = "approved_in_review"
"""The flag of an offer that an invariant held back and a person let through."""


@dataclass(frozen=True, slots=True)
class HeldBack:
    """An offer, or a row that is none, on its way into quarantine."""

    provider: Provider
    reason: str
    detail: str
    source: str
    """Where it was read: a URL, or a file with its version."""
    offer: Offer | None = None
    row: str = ""
    """What tells the row from others, where it is no offer."""


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row in quarantine. The same row of later loads is the same entry: provider, content, price and reason."""

    id: UUID
    provider: Provider
    reason: str
    """A `RejectReason`, or the invariant that does not hold."""
    detail: str
    source: str
    row: str
    """What tells the row from others, where it is no offer."""
    offer: Offer | None
    """None where the row could not be read as one: it cannot be approved."""
    state: QuarantineState
    first_load: UUID
    last_load: UUID
    first_seen_at: datetime
    last_seen_at: datetime
    times_seen: int
    reviewer: str
    """Who decided, as `tenant/subject`; empty while it is open."""
    review_reason: str
    reviewed_at: datetime | None
    published_version: int | None
    """The first version since it was approved: it has the row, or something newer in its place."""


FINAL_REASONS = frozenset({"inconsistent", "currency_unknown", "price_not_positive"})
"""Reasons that nobody's judgement changes: such a row cannot be an offer of the catalogue."""


@dataclass(frozen=True, slots=True)
class Review:
    """What somebody decides about a row."""

    row: UUID
    approve: bool
    """False dismisses it."""
    reason: str
    reviewer: str
    """Tenant and subject, as `tenant/subject`."""


def digest_of(held: HeldBack) -> bytes:
    """What makes a row the same when it is read again: provider, reason, and the offer with its price, or the row."""
    offer = held.offer
    what: tuple[str, ...]
    if offer is None:
        what = ("row", held.row)
    else:
        upfront = "" if offer.upfront is None else str(offer.upfront.nanos)
        what = ("offer", offer.key.id, str(offer.hourly.nanos), upfront)
    hashed = hashlib.sha256()
    for part in (held.provider.value, held.reason, *what):
        raw = part.encode("utf-8", "replace")
        hashed.update(len(raw).to_bytes(4, "big") + raw)
    return hashed.digest()
