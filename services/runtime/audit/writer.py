"""Writes the entries that belong to no change: bounded, in batches, beside the calls."""

import asyncio
from collections import Counter as Tally
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.runtime.audit.entry import Decision, Entry
from services.runtime.audit.recording import write
from services.runtime.db.unit_of_work import UnitOfWork

_LOG = structlog.get_logger("audit")
_CAPACITY = 10_000
_BATCH = 500
# How long an entry waits for others, and a database that does not answer for the next attempt, in seconds.
_COLLECT_SECONDS = 0.2
_RETRY_SECONDS = 1.0
_LAST_SECONDS = 2.0


@dataclass(slots=True)
class _Waiting:
    """An entry, and how often the same happened since."""

    entry: Entry
    count: int = 1


@dataclass(slots=True)
class _Queue:
    """What waits, by what it says; and how much of each tenant was lost, since there was no room."""

    waiting: dict[tuple[str, ...], _Waiting] = field(default_factory=dict)
    lost: Tally[str] = field(default_factory=Tally)


class Writer:
    """Takes entries without ever making a call wait, and writes them within a second or so.

    Equal refusals that wait together become one entry with their `count`, so that nobody fills the log by knocking.
    When more waits than there is room for, entries are lost; that is counted, and becomes an entry itself.
    """

    def __init__(self, engine: AsyncEngine, registry: CollectorRegistry, capacity: int = _CAPACITY) -> None:
        self._engine = engine
        self._capacity = capacity
        self._queue = _Queue()
        self._something = asyncio.Event()
        # Held while entries are on their way, which nobody may cut off: they would be written a second time.
        self._writing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._written = Counter("malha_audit_entries", "Entries that were written beside calls.", registry=registry)
        self._lost = Counter(
            "malha_audit_entries_lost", "Entries that found no room, or no database.", registry=registry
        )
        waiting = Gauge("malha_audit_entries_waiting", "Entries on their way to the database.", registry=registry)
        waiting.set_function(lambda: len(self._queue.waiting))

    def put(self, entry: Entry, count: int = 1) -> None:
        """Takes an entry, which may stand for several of its kind; never waits."""
        queue = self._queue
        key = _key(entry)
        if (known := queue.waiting.get(key)) is not None:
            known.count += count
        elif len(queue.waiting) < self._capacity:
            queue.waiting[key] = _Waiting(entry, count)
        else:
            queue.lost[entry.tenant] += count
            self._lost.inc(count)
        self._something.set()

    async def start(self) -> None:
        """Begins to write."""
        self._task = asyncio.create_task(self._keep_writing(), name="audit")

    async def close(self) -> None:
        """Writes what waits, if the database takes it at once, and ends."""
        if self._task is None:
            return
        with suppress(SQLAlchemyError, OSError, TimeoutError):
            async with asyncio.timeout(_LAST_SECONDS):
                await self.flush()
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        if left := sum(waiting.count for waiting in self._queue.waiting.values()):
            self._lost.inc(left)
            _LOG.error("audit entries are lost", count=left)

    async def flush(self) -> None:
        """Writes everything that waits.

        Raises:
            SQLAlchemyError, OSError, TimeoutError: the database does not take it; it waits on.
        """
        async with self._writing:
            while self._queue.waiting or self._queue.lost:
                await self._write_some()

    async def _keep_writing(self) -> None:
        while True:
            await self._something.wait()
            self._something.clear()
            await asyncio.sleep(_COLLECT_SECONDS)
            try:
                await self.flush()
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                _LOG.warning("audit entries wait", error=type(error).__name__, count=len(self._queue.waiting))
                self._something.set()
                await asyncio.sleep(_RETRY_SECONDS)

    async def _write_some(self) -> None:
        queue = self._queue
        batch = dict(list(queue.waiting.items())[:_BATCH])
        lost, queue.lost = queue.lost, Tally()
        for key in batch:
            del queue.waiting[key]
        by_tenant: defaultdict[str, list[tuple[tuple[str, ...], _Waiting]]] = defaultdict(list)
        for item in batch.items():
            by_tenant[item[1].entry.tenant].append(item)
        try:
            for tenant in [*by_tenant, *(tenant for tenant in lost if tenant not in by_tenant)]:
                entries = [_entry(waiting) for _, waiting in by_tenant.get(tenant, ())]
                if lost[tenant]:
                    entries.append(_told(tenant, lost[tenant]))
                async with UnitOfWork(self._engine, tenant) as work:
                    await write(work, entries)
                    await work.commit()
                self._written.inc(len(entries))
                by_tenant.pop(tenant, None)
                del lost[tenant]
        finally:
            # What was not written goes back to the front, behind nothing that came later.
            back = {key: waiting for items in by_tenant.values() for key, waiting in items}
            for key, waiting in queue.waiting.items():
                if key in back:
                    back[key].count += waiting.count
                else:
                    back[key] = waiting
            queue.waiting = back
            queue.lost.update(lost)


def _key(entry: Entry) -> tuple[str, ...]:
    """Refusals are equal by who, what and whence; everything else is an entry of its own."""
    if entry.decision is Decision.ALLOWED:
        return (str(entry.id),)
    return (entry.tenant, entry.subject, entry.method, entry.reason, entry.network, entry.caller)


def _entry(waiting: _Waiting) -> Entry:
    return waiting.entry if waiting.count == 1 else waiting.entry.with_details(count=str(waiting.count))


def _told(tenant: str, count: int) -> Entry:
    return Entry(tenant=tenant, action="audit.entries.write", decision=Decision.LOST, details={"count": str(count)})
