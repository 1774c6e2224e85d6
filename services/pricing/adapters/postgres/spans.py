"""The spans of a version, and what changed by it, in portions: each is short, and a pause follows it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Final

import asyncpg

from services.pricing.adapters.postgres.pacing import Pace
from services.pricing.adapters.postgres.rows import OFFER
from services.pricing.adapters.postgres.session import STATEMENT
from services.pricing.adapters.postgres.staging import PORTION
from services.pricing.domain.changes import ChangeKind

_SECONDS: Final = STATEMENT.total_seconds()
_COLUMNS = ", ".join(OFFER)
# A portion is of the keys after $1 and up to $2; of all after $1 where that is null.
_WITHIN = "{0} > $1 AND {0} <= $2"
_AFTER = "{0} > $1 AND $2::{1} IS NULL"
_OFFERS_END = "SELECT offer FROM pricing.staged_offers WHERE offer > $1 ORDER BY offer OFFSET $2 LIMIT 1"
_GONE_END = "SELECT span FROM pricing.staged_ends WHERE span > $1 ORDER BY span OFFSET $2 LIMIT 1"
# The span of each row by itself: what the server believes of a table that grew this minute makes it look at all spans.
_OPEN_SPAN = "SELECT open.id FROM pricing.offers open WHERE open.offer = s.offer AND open.to_version IS NULL OFFSET 0"
# What was read again as it was keeps its span, and is known to hold at the newer moment.
_CONFIRM = f"""
    UPDATE pricing.offers o SET confirmed = s.source
    FROM pricing.staged_offers s CROSS JOIN LATERAL ({_OPEN_SPAN}) span
    WHERE {{s.offer}} AND o.id = span.id AND o.confirmed <> s.source
    AND (o.hourly, o.upfront, o.flags, o.instance) IS NOT DISTINCT FROM (s.hourly, s.upfront, s.flags, s.instance)
"""  # noqa: S608 - names are ours
_CLOSE_CHANGED = f"""
    UPDATE pricing.offers o SET to_version = $3, to_time = $4
    FROM pricing.staged_offers s CROSS JOIN LATERAL ({_OPEN_SPAN}) span
    WHERE {{s.offer}} AND o.id = span.id
    AND (o.hourly, o.upfront, o.flags, o.instance) IS DISTINCT FROM (s.hourly, s.upfront, s.flags, s.instance)
"""  # noqa: S608 - names are ours
_CLOSE_GONE = """
    UPDATE pricing.offers o SET to_version = $3, to_time = $4 FROM pricing.staged_ends e
    WHERE {e.span} AND o.id = e.span AND o.to_version IS NULL
"""
_OPEN = f"""
    INSERT INTO pricing.offers ({_COLUMNS}, confirmed, from_version, from_time)
    SELECT {_COLUMNS}, source, $3, $4 FROM pricing.staged_offers s
    WHERE {{s.offer}}
    AND ({_OPEN_SPAN}) IS NULL
    ORDER BY offer
"""  # noqa: S608 - names are ours
# The server knows nothing yet of how many rows a new version has: both sides are found by their keys.
_CHANGES = f"""
    WITH near AS MATERIALIZED (
        SELECT id, offer, from_version, to_version, hourly, upfront FROM pricing.offers o WHERE {{o.offer}}
    )
    INSERT INTO pricing.price_changes (sequence, version, kind, span, before, changed_at)
    SELECT $5 + row_number() OVER (ORDER BY coalesce(began.offer, ended.offer)),
        $3, CASE WHEN ended.id IS NULL THEN '{ChangeKind.CAME}' WHEN began.id IS NULL THEN '{ChangeKind.WENT}'
            ELSE '{ChangeKind.PRICE}' END,
        coalesce(began.id, ended.id), CASE WHEN began.id IS NULL THEN NULL ELSE ended.id END, $4
    FROM (SELECT * FROM near WHERE from_version = $3) began
    FULL JOIN (SELECT * FROM near WHERE to_version = $3) ended ON ended.offer = began.offer
    WHERE began.id IS NULL OR ended.id IS NULL
        OR began.hourly <> ended.hourly OR began.upfront IS DISTINCT FROM ended.upfront
"""  # noqa: S608 - names are ours


class Spans:
    """Those of the version `number`, published at `moment`, within the transaction that makes it."""

    def __init__(self, raw: asyncpg.Connection[Any], pace: Pace, number: int, moment: datetime) -> None:
        self._raw = raw
        self._pace = pace
        self._version = (number, moment)

    async def make(self) -> None:
        """Confirms and closes spans of earlier versions, and opens those of this one, in the order of their keys."""
        async for after, end in self._portions(_OFFERS_END, ""):
            await self._run(_CONFIRM, after, end)
            await self._run(_CLOSE_CHANGED, after, end, *self._version)
        async for after, end in self._portions(_GONE_END, 0):
            await self._run(_CLOSE_GONE, after, end, *self._version)
        async for after, end in self._portions(_OFFERS_END, ""):
            await self._run(_OPEN, after, end, *self._version)

    async def note_changes(self) -> None:
        """Numbers what came, changed its price or went, in the order of the keys."""
        last: int = await self._raw.fetchval("SELECT coalesce(max(sequence), 0) FROM pricing.price_changes")
        async for after, end in self._portions(_OFFERS_END, ""):
            last += await self._run(_CHANGES, after, end, *self._version, last)

    async def _portions(self, statement: str, first: str | int) -> AsyncIterator[tuple[Any, Any]]:
        """Where each portion begins and ends; the last has no end."""
        after = first
        while (end := await self._raw.fetchval(statement, after, PORTION - 1, timeout=_SECONDS)) is not None:
            yield after, end
            after = end
        yield after, None

    async def _run(self, statement: str, after: str | int, end: str | int | None, *values: object) -> int:
        """Runs one for a portion; how many rows it wrote."""
        within = {"s.offer": "text", "o.offer": "text", "e.span": "bigint"}
        form = _AFTER if end is None else _WITHIN
        for column, kind in within.items():
            statement = statement.replace(f"{{{column}}}", form.format(column, kind))
        async with self._pace.portion():
            done = await self._raw.execute(statement, after, end, *values, timeout=_SECONDS)
        return int(done.rpartition(" ")[2])
