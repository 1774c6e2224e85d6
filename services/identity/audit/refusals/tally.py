"""Few entries for many refusals: whoever knocks a thousand times is told of twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from services.identity.audit.refusals.methods import UNKNOWN_METHOD
from services.runtime.audit import PLATFORM, Decision, Entry

WINDOW_SECONDS: Final = 10.0
_MOST_SOURCES: Final = 1_000
_MOST_KINDS: Final = 20

_Source = tuple[str, str, str]
_Kind = tuple[str, str]


@dataclass(slots=True)
class Repeated:
    """What came again in a window: the first entry of those, and how many there are."""

    entry: Entry
    count: int = 1


class Tally:
    """Counts refusals together within windows of ten seconds, and puts what there is to write.

    The first of its kind in a window is put at once. Those that are equal to it, by whose they are, what was called and
    why it was refused, become one more entry at the end of the window, with their count and the request of the first of
    them. Beyond 20 methods and reasons of one source the method is left out; beyond 1,000 sources refusals are only
    counted, and the count is an entry. So no flood writes more than its few entries, and every refusal is in the sum.
    """

    def __init__(
        self,
        put: Callable[[Entry, int], None],
        *,
        most_sources: int = _MOST_SOURCES,
        most_kinds: int = _MOST_KINDS,
    ) -> None:
        """`put` takes an entry and how many refusals it stands for; it never waits."""
        self._put = put
        self._most_sources = most_sources
        self._most_kinds = most_kinds
        self._sources: dict[_Source, dict[_Kind, Repeated | None]] = {}
        self._uncounted: Counter[str] = Counter()
        # The number of the window.
        self.window = 0
        self._task: asyncio.Task[None] | None = None

    def add(self, entry: Entry) -> Repeated | None:
        """Takes a refusal; never waits.

        When it is not the first of its kind, what counts that kind: further ones may be added there, as long as
        `window` is what it is now.
        """
        source = (entry.tenant, entry.subject or entry.network, entry.caller)
        kinds = self._sources.get(source)
        if kinds is None:
            if len(self._sources) >= self._most_sources:
                self.leave_out(entry.tenant)
                return None
            kinds = self._sources[source] = {}
        kind = (entry.method, entry.reason)
        if kind not in kinds and len(kinds) >= self._most_kinds:
            entry = replace(entry, method=UNKNOWN_METHOD.method, action=UNKNOWN_METHOD.action)
            kind = (entry.method, entry.reason)
        if kind not in kinds:
            kinds[kind] = None
            self._put(entry, 1)
        elif (repeated := kinds[kind]) is None:
            kinds[kind] = Repeated(entry)
        else:
            repeated.count += 1
        return kinds[kind]

    def leave_out(self, tenant: str = PLATFORM) -> None:
        """Takes a refusal of which nothing but the number is kept."""
        self._uncounted[tenant] += 1

    def end_window(self) -> None:
        """Puts what was counted since the last time, and begins anew."""
        self.window += 1
        sources, self._sources = self._sources, {}
        uncounted, self._uncounted = self._uncounted, Counter()
        for kinds in sources.values():
            for repeated in kinds.values():
                if repeated is not None:
                    self._put(repeated.entry, repeated.count)
        for tenant, count in uncounted.items():
            self._put(_uncounted(tenant), count)

    async def start(self) -> None:
        """Begins to end windows."""
        self._task = asyncio.create_task(self._go_on(), name="refusals")

    async def close(self) -> None:
        """Ends the last one."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self.end_window()

    async def _go_on(self) -> None:
        while True:
            await asyncio.sleep(WINDOW_SECONDS)
            self.end_window()


def _uncounted(tenant: str) -> Entry:
    return Entry(tenant=tenant, action="audit.entries.write", decision=Decision.LOST, details={"count": "1"})
