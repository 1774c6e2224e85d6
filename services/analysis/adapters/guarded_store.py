"""A store that says soon when it does not answer, so that nobody waits for what does not come."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

from services.analysis.domain.reports import NewReport, ReportRecord
from services.analysis.ports import ReportQuery, ReportStore
from services.runtime.cache.breaker import Breaker
from services.runtime.dependencies import failed_dependency
from services.runtime.exceptions import DependencyUnavailable

# What a caller whose findings are ready waits for them to be kept.
_SECONDS = 3.0


class GuardedStore:
    """Adds to another store within a bound, and not at all while it has not answered several times in a row."""

    def __init__(self, store: ReportStore, breaker: Breaker | None = None, seconds: float = _SECONDS) -> None:
        self._store = store
        self._breaker = breaker or Breaker()
        self._seconds = seconds

    async def add(self, reports: Sequence[NewReport]) -> list[ReportRecord]:
        """See ReportWriter."""
        if not self._breaker.allows():
            raise DependencyUnavailable("database")
        try:
            async with asyncio.timeout(self._seconds):
                stored = await self._add(reports)
        except Exception as error:
            if failed_dependency(error) is None:
                self._breaker.succeeded()
                raise
            self._breaker.failed()
            raise DependencyUnavailable("database") from error
        self._breaker.succeeded()
        return stored

    async def get(self, report: UUID, *, with_body: bool) -> tuple[ReportRecord, bytes | None] | None:
        """See ReportReader."""
        return await self._store.get(report, with_body=with_body)

    async def _add(self, reports: Sequence[NewReport]) -> list[ReportRecord]:
        try:
            return await self._store.add(reports)
        except Exception as error:
            if failed_dependency(error) is None:
                raise
        # A connection that died since its last use is found out by using it; the pool then has a fresh one.
        return await self._store.add(reports)

    async def list(self, query: ReportQuery) -> list[ReportRecord]:
        """See ReportReader."""
        return await self._store.list(query)
