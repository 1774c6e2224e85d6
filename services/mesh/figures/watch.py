"""The figures of a running mesh, period by period."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

from services.mesh.figures.ledger import Ledger
from services.mesh.figures.processes import Processes, Root
from services.mesh.figures.scrape import Source, scrape
from services.mesh.judge import Sample

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from services.mesh.figures.exposition import Series
    from services.mesh.figures.ledger import Totals
    from services.mesh.figures.processes import Usage

# So soon the first figures come, however long the period.
_FIRST_SECONDS = 0.5
# What a replica served after the last look before its end is not in the totals.
_KEEP_SECONDS = 10.0


class Members(Protocol):
    """Who is in the mesh now."""

    def sources(self) -> Iterable[Source]:
        """The replicas that tell figures."""

    def roots(self) -> Iterable[Root]:
        """All processes, the supervisor's own included."""


class MethodFigures(NamedTuple):
    """How the calls of one method by one caller went in a period."""

    series: Series
    period: Sample
    """What was added in the period."""
    total: int
    """Calls since the mesh was started, as far as the replicas were asked before they ended."""


class Reading(NamedTuple):
    """The figures of one period."""

    time: datetime
    """Its end."""
    seconds: float
    methods: tuple[MethodFigures, ...]
    """By component, method and caller."""
    processes: tuple[tuple[Usage, int], ...]
    """Each with the calls it is serving."""


class Figures:
    """Asks for figures: often while somebody watches, now and then otherwise."""

    def __init__(self, members: Members) -> None:
        self._members = members
        self._ledger = Ledger()

    async def keep(self) -> None:
        """Keep count while nobody watches, without end, so that the calls of replicas that end are not forgotten."""
        while True:
            await self._totals()
            await asyncio.sleep(_KEEP_SECONDS)

    async def watch(self, period: float) -> AsyncIterator[Reading]:
        """The figures of the next half second, then those of each `period` seconds, without end."""
        processes = Processes()
        before, _ = await self._totals()
        await asyncio.to_thread(processes.look, tuple(self._members.roots()))
        began = time.monotonic()
        due = began + min(period, _FIRST_SECONDS)
        while True:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            totals, running = await self._totals()
            usages = await asyncio.to_thread(processes.look, tuple(self._members.roots()))
            now = time.monotonic()
            methods = tuple(
                MethodFigures(series, total.since(before.get(series, Sample())), total.calls)
                for series, total in sorted(totals.items())
            )
            served = tuple((usage, running.get(usage.root.replica, 0)) for usage in usages)
            yield Reading(datetime.now(UTC), now - began, methods, served)
            before, began = totals, now
            due = max(due + period, time.monotonic())

    async def _totals(self) -> tuple[Totals, dict[str, int]]:
        scraped = await scrape(self._members.sources())
        return self._ledger.enter(scraped), {source.replica: one.running for source, one in scraped.items()}
