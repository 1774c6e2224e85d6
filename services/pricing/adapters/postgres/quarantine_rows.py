"""Quarantined rows as they are written and read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec

from services.pricing.domain.offers import Offer, Provider
from services.pricing.domain.quarantine import HeldBack, QuarantinedRow, QuarantineState, digest_of


def held_rows(held_back: Iterable[HeldBack], load: UUID, moment: datetime) -> list[tuple[Any, ...]]:
    """A row for each, the same ones once: id, digest, provider, reason, detail, source, row, offer, load, moment."""
    unique = {digest_of(held): held for held in held_back}
    return [
        (
            uuid4(), digest, held.provider.value, held.reason, _text(held.detail), _text(held.source), _text(held.row),
            None if held.offer is None else encoded(held.offer), load, moment,
        )
        for digest, held in sorted(unique.items())
    ]  # fmt: skip


def encoded(offer: Offer) -> str:
    """An offer as JSON, money in nanos."""
    return msgspec.json.encode(offer).decode()


def row_of(row: Any) -> QuarantinedRow:
    """The entry of a row of the table."""
    return QuarantinedRow(
        id=row.id,
        provider=Provider(row.provider),
        reason=row.reason,
        detail=row.detail,
        source=row.source,
        row=row.row,
        offer=None if row.offer is None else msgspec.convert(row.offer, Offer),
        state=QuarantineState(row.state),
        first_load=row.first_load,
        last_load=row.last_load,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        times_seen=row.times_seen,
        reviewer=row.reviewer,
        review_reason=row.review_reason,
        reviewed_at=row.reviewed_at,
        published_version=row.published_version,
    )


def _text(value: str) -> str:
    """What PostgreSQL's text can hold: no null characters, no lone surrogates. It comes from somebody's document."""
    return value.replace("\0", "").encode("utf-8", "replace").decode()
