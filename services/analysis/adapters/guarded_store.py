"""A store that says soon when it does not answer, so that nobody waits for what does not come."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar
from uuid import UUID

from services.analysis.domain.access import Viewer
from services.analysis.domain.reports import NewReport, ReportRecord
from services.analysis.ports import ReportStore
from services.runtime.cache.breaker import Breaker
from services.runtime.dependencies import failed_dependency
from services.runtime.exceptions import DependencyUnavailable
from services.runtime.listing.page import Page

T = TypeVar("T")

# What a caller waits for the store, once its findings are ready.
_SECONDS = 3.0
# Who has waited in vain has found out for all: they are told at once until somebody tries again. That takes longer
# than Envoy's repetitions of one call, so that these do not wait one after another.
_FAILURES = 1
_PAUSE_SECONDS = 5.0
# A store that says no, since it is being started again, costs nobody a wait, and is back within a second or two.
_REFUSED_PAUSE_SECONDS = 0.25


class GuardedStore:
    """Another store within a bound, and not asked at all for a while after it has not answered.

    All methods raise DependencyUnavailable when it does not answer.
    """

    def __init__(self, store: ReportStore, breaker: Breaker | None = None, seconds: float = _SECONDS) -> None:
        self._store = store
        self._breaker = breaker or Breaker(_FAILURES, _PAUSE_SECONDS)
        self._seconds = seconds

    async def add(self, creator: Viewer, reports: Sequence[NewReport]) -> list[ReportRecord]:
        """See ReportWriter."""
        return await self._guarded(lambda: self._store.add(creator, reports))

    async def get(self, viewer: Viewer, report: UUID, *, with_body: bool) -> tuple[ReportRecord, bytes | None] | None:
        """See ReportReader."""
        return await self._guarded(lambda: self._store.get(viewer, report, with_body=with_body))

    async def list(self, viewer: Viewer, page: Page) -> list[ReportRecord]:
        """See ReportReader."""
        return await self._guarded(lambda: self._store.list(viewer, page))

    async def _guarded(self, ask: Callable[[], Awaitable[T]]) -> T:
        if not self._breaker.allows():
            raise DependencyUnavailable("database")
        try:
            async with asyncio.timeout(self._seconds):
                answer = await _twice(ask)
        except Exception as error:
            if failed_dependency(error) is None:
                self._breaker.succeeded()
                raise
            self._breaker.failed(None if isinstance(error, TimeoutError) else _REFUSED_PAUSE_SECONDS)
            raise DependencyUnavailable("database") from error
        self._breaker.succeeded()
        return answer


async def _twice(ask: Callable[[], Awaitable[T]]) -> T:
    try:
        return await ask()
    except Exception as error:
        if failed_dependency(error) is None or isinstance(error, TimeoutError):
            raise
    # A connection that died since its last use is found out by using it; the pool then has a fresh one.
    return await ask()
