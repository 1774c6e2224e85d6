"""Keeps the log in order: months ahead of time, checkpoints, and an end for what is old enough."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog
from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.runtime.audit.chain import Anchor, seal
from services.runtime.db.unit_of_work import UnitOfWork, Upkeep

_LOG = structlog.get_logger("audit")
_AHEAD_MONTHS = 3
_EVERY_SECONDS = 3600.0


class LogUpkeep:
    """Does, every hour, what a log needs that only grows. One process of a mesh is enough; more do no harm.

    `retention` is how long an entry is kept at least; whole months go when their last day is older. None: for ever.
    `key` seals checkpoints; see `services.runtime.audit.keys`.
    """

    def __init__(
        self, engine: AsyncEngine, registry: CollectorRegistry, key: bytes, retention: timedelta | None = None
    ) -> None:
        self._engine = engine
        self._key = key
        self._retention = retention
        self._task: asyncio.Task[None] | None = None
        self._stray = Gauge(
            "malha_audit_stray_entries", "Entries for whose month there was no partition.", registry=registry
        )

    async def start(self) -> None:
        """Begins."""
        self._task = asyncio.create_task(self._go_on(), name="audit upkeep")

    async def close(self) -> None:
        """Ends."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def tidy(self) -> None:
        """Everything, once."""
        await self.add_months()
        await self.checkpoint()
        if self._retention is not None:
            await self.retire(self._retention)

    async def add_months(self) -> int:
        """Makes the partitions of the months to come; how many entries had found none, which is an alarm."""
        async with Upkeep(self._engine) as work:
            stray = int(await work.connection.scalar(_ADD_MONTHS, {"ahead": _AHEAD_MONTHS}) or 0)
            await work.commit()
        self._stray.set(stray)
        if stray:
            _LOG.error("audit entries found no partition of their month", count=stray)
        return stray

    async def checkpoint(self) -> int:
        """Seals the present end of every strand that has grown; how many there were."""
        async with Upkeep(self._engine) as work:
            ends = (await work.connection.execute(_GROWN)).all()
        return await self._seal((end.tenant, end.time, Anchor(end.strand, end.sequence, end.hash)) for end in ends)

    async def retire(self, retention: timedelta) -> list[str]:
        """Removes the months whose last moment is older than `retention`, which is 30 days at least; as `2026-01`.

        The last entry of each strand in such a month is sealed first, so that what follows stays tied to it.
        """
        gone = []
        for month in await self._months():
            if _after(month) > datetime.now(UTC) - retention:
                break
            async with Upkeep(self._engine) as work:
                ends = (await work.connection.execute(_ENDS, {"first": month, "next": _after(month)})).all()
            await self._seal((end.tenant, end.time, Anchor(end.strand, end.sequence, end.hash)) for end in ends)
            async with Upkeep(self._engine) as work:
                if await work.connection.scalar(_DROP, {"first": month, "age": retention}):
                    gone.append(f"{month:%Y-%m}")
                await work.commit()
        if gone:
            _LOG.warning("months of the audit log are gone, as its retention says", months=gone)
        return gone

    async def _months(self) -> list[datetime]:
        async with Upkeep(self._engine) as work:
            names = (await work.connection.scalars(_PARTITIONS)).all()
        return sorted(datetime.strptime(name, "entries_%Y_%m").replace(tzinfo=UTC) for name in names)

    async def _seal(self, ends: Iterable[tuple[str, datetime, Anchor]]) -> int:
        made = 0
        for tenant, moment, anchor in ends:
            async with UnitOfWork(self._engine, tenant) as work:
                row = {"tenant": tenant, "time": moment, "seal": seal(self._key, tenant, anchor), **anchor._asdict()}
                done = await work.connection.execute(_CHECKPOINT, row)
                await work.commit()
            made += done.rowcount
            # Kept apart from the database: who can rewrite that cannot rewrite this.
            _LOG.info("audit checkpoint", tenant=tenant, strand=anchor.strand, sequence=anchor.sequence,
                      hash=anchor.hash.hex())  # fmt: skip
        return made

    async def _go_on(self) -> None:
        while True:
            try:
                await self.tidy()
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                _LOG.warning("the audit log is not tidied", error=type(error).__name__)
            await asyncio.sleep(_EVERY_SECONDS)


def _after(month: datetime) -> datetime:
    return (month + timedelta(days=32)).replace(day=1)


_ADD_MONTHS = text("SELECT audit.add_months(:ahead)")
_GROWN = text(
    "SELECT tenant, strand, sequence, time, hash FROM audit.heads WHERE sequence > 0 AND NOT EXISTS ("
    "SELECT FROM audit.checkpoints c WHERE c.tenant = heads.tenant AND c.strand = heads.strand "
    "AND c.sequence = heads.sequence)"
)
_ENDS = text(
    "SELECT DISTINCT ON (tenant, strand) tenant, strand, sequence, time, hash FROM audit.entries "
    "WHERE time >= :first AND time < :next ORDER BY tenant, strand, sequence DESC"
)
_DROP = text("SELECT audit.drop_month(:first, :age)")
_PARTITIONS = text(
    "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid "
    "WHERE inhparent = 'audit.entries'::regclass AND relname <> 'entries_default'"
)
_CHECKPOINT = text(
    "INSERT INTO audit.checkpoints (tenant, strand, sequence, time, hash, seal) "
    "VALUES (:tenant, :strand, :sequence, :time, :hash, :seal) ON CONFLICT DO NOTHING"
)
