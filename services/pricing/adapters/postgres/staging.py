"""What a load has read, aside from what is published."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import asyncpg

from services.pricing.adapters.postgres.pacing import Pace
from services.pricing.adapters.postgres.parts import Parts
from services.pricing.adapters.postgres.rows import OFFER
from services.pricing.adapters.postgres.session import STATEMENT, transaction, translated
from services.pricing.domain.offers import Offer, Provider, Purchase
from services.pricing.domain.readings import Coverage

PAGE: Final = 1_000
"""Rows that are read at once."""
PORTION: Final = 200
"""Rows that are written at once: a few milliseconds of the server's time."""
_SECONDS = STATEMENT.total_seconds()
_COLUMNS = ", ".join(OFFER)
_CURRENT = ", ".join(f"o.{name}" for name in OFFER[:-1]) + ", o.confirmed"
_SWEPT = (
    "DELETE FROM pricing.staged_offers",
    "DELETE FROM pricing.staged_ends",
    # Of loads that published nothing, or whose prices are confirmed by later ones.
    """
    DELETE FROM pricing.sources s WHERE NOT EXISTS (SELECT FROM pricing.offers o WHERE o.source = s.id)
    AND NOT EXISTS (SELECT FROM pricing.offers o WHERE o.confirmed = s.id)
    AND NOT EXISTS (SELECT FROM pricing.interruptions i WHERE i.source = s.id)
    """,
)
_ENDS = """
    INSERT INTO pricing.staged_ends
    SELECT o.id FROM pricing.offers o WHERE o.to_version IS NULL
    AND NOT EXISTS (SELECT FROM pricing.staged_offers s WHERE s.offer = o.offer)
"""
_COVERED = """
    AND EXISTS (SELECT FROM unnest($1::text[], $2::text[], $3::text[]) AS c (provider, region, purchase)
        WHERE c.provider = o.provider AND (c.region = '' OR c.region = o.region) AND c.purchase = o.purchase)
    AND NOT EXISTS (SELECT FROM unnest($4::text[]) AS h (offer) WHERE h.offer = o.offer)
"""
_PLAN = """
    SELECT count(*) FILTER (WHERE o.id IS NULL),
        count(*) FILTER (WHERE o.id IS NOT NULL AND (o.hourly <> s.hourly OR o.upfront IS DISTINCT FROM s.upfront)),
        (SELECT count(*) FROM pricing.staged_ends)
    FROM pricing.staged_offers s LEFT JOIN pricing.offers o ON o.offer = s.offer AND o.to_version IS NULL
"""


class Staging:
    """The rows of the load that holds the lock; see LoadSession, whose methods these are."""

    def __init__(self, raw: asyncpg.Connection[Any], parts: Parts, pace: Pace) -> None:
        self._raw = raw
        self._parts = parts
        self._pace = pace

    async def sweep(self) -> None:
        """Removes what is left of earlier loads."""
        for statement in _SWEPT:
            async with self._pace.portion(), transaction(self._raw):
                await self._raw.execute(statement, timeout=_SECONDS)

    async def stage(self, offers: Sequence[Offer]) -> None:
        """Copies a batch."""
        with translated():
            for first in range(0, len(offers), PORTION):
                await self._copy(offers[first : first + PORTION])

    async def staged(self, provider: Provider) -> AsyncIterator[list[Offer]]:
        """What was staged of a provider, page by page."""
        statement = (
            f"SELECT {_COLUMNS}, row FROM pricing.staged_offers "  # noqa: S608 - names are ours
            f"WHERE provider = $1 AND row > $2 ORDER BY row LIMIT {PAGE}"
        )
        after = 0
        while True:
            with translated():
                async with self._pace.portion(), transaction(self._raw, by_keys=True):
                    rows = await self._raw.fetch(statement, provider.value, after)
                offers = await self._parts.offers(rows)
            if not rows:
                return
            after = rows[-1]["row"]
            yield offers

    async def accept(self, provider: Provider, offers: Sequence[Offer]) -> None:
        """Replaces what was staged of the provider."""
        async with transaction(self._raw):
            async with self._pace.portion():
                await self._raw.execute(
                    "DELETE FROM pricing.staged_offers WHERE provider = $1", provider.value, timeout=_SECONDS
                )
            for first in range(0, len(offers), PORTION):
                await self._copy(offers[first : first + PORTION])

    async def settle(self, coverage: Sequence[Coverage], held: Sequence[str]) -> None:
        """Notes the ends of what the covered parts no longer have."""
        covered = [
            (part.provider.value, part.region, purchase.value)
            for part in coverage
            if not part.unchanged
            for purchase in sorted(part.purchases or await self._occurring(part))
        ]
        providers, regions, purchases = (list(column) for column in zip(*covered, strict=True)) if covered else _NONE
        async with self._pace.portion(), transaction(self._raw):
            await self._raw.execute(
                _ENDS + _COVERED, providers, regions, purchases, list(held), timeout=_SECONDS
            )  # fmt: skip

    async def settle_all(self) -> None:
        """Notes the end of everything that was not accepted."""
        async with self._pace.portion(), transaction(self._raw):
            await self._raw.execute(_ENDS, timeout=_SECONDS)

    async def merged(self) -> AsyncIterator[list[Offer]]:
        """What of the base stays, then what was accepted."""
        kept = (
            f"SELECT {_CURRENT} FROM pricing.offers o WHERE o.to_version IS NULL AND o.offer > $1 "  # noqa: S608
            "AND NOT EXISTS (SELECT FROM pricing.staged_ends e WHERE e.span = o.id) "
            "AND NOT EXISTS (SELECT FROM pricing.staged_offers s WHERE s.offer = o.offer) "
            f"ORDER BY o.offer LIMIT {PAGE}"
        )
        accepted = (
            f"SELECT {_COLUMNS} FROM pricing.staged_offers "  # noqa: S608 - names are ours
            f"WHERE offer > $1 ORDER BY offer LIMIT {PAGE}"
        )
        for statement in (kept, accepted):
            after = ""
            while True:
                with translated():
                    async with self._pace.portion(), transaction(self._raw, by_keys=True):
                        rows = await self._raw.fetch(statement, after, timeout=_SECONDS)
                    offers = await self._parts.offers(rows)
                if not rows:
                    break
                after = rows[-1]["offer"]
                yield offers

    async def plan(self) -> tuple[int, int, int]:
        """What publishing would do: come, change, go."""
        async with self._pace.portion(), transaction(self._raw):
            row = await self._raw.fetchrow(_PLAN, timeout=_SECONDS)
        assert row is not None
        return row[0], row[1], row[2]

    async def _copy(self, offers: Sequence[Offer]) -> None:
        async with self._pace.portion():
            rows = await self._parts.rows(offers)
            await self._raw.copy_records_to_table(
                "staged_offers", schema_name="pricing", columns=OFFER, records=rows, timeout=_SECONDS
            )

    async def _occurring(self, part: Coverage) -> set[Purchase]:
        """The ways of buying among the offers of a document."""
        with translated():
            rows = await self._raw.fetch(
                "SELECT DISTINCT purchase FROM pricing.staged_offers s JOIN pricing.sources ON sources.id = s.source "
                "WHERE s.provider = $1 AND sources.locator = $2",
                part.provider.value, part.document, timeout=_SECONDS,
            )  # fmt: skip
        return {Purchase(row[0]) for row in rows}


_NONE: tuple[list[str], list[str], list[str]] = ([], [], [])
