"""Loads in PostgreSQL: one at a time, each with a session of its own."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.pricing.adapters.postgres.catalogue import version_of
from services.pricing.adapters.postgres.pacing import Pace
from services.pricing.adapters.postgres.parts import Parts
from services.pricing.adapters.postgres.publishing import publish
from services.pricing.adapters.postgres.session import locked, translated
from services.pricing.adapters.postgres.staging import Staging
from services.pricing.adapters.postgres.tables import loads, versions
from services.pricing.domain.errors import RefreshInProgress
from services.pricing.domain.loads import Counts, Load, LoadState, RefreshRequest
from services.pricing.domain.offers import Provider
from services.pricing.domain.readings import Validator
from services.pricing.domain.versions import Version
from services.pricing.ports import LoadSession, Publication
from services.runtime.clock import Clock
from services.runtime.db import Transaction
from services.runtime.exceptions import RequestIdReused

LOCK: Final = int.from_bytes(hashlib.sha256(b"malha:pricing:load").digest()[:8], "big", signed=True)
"""The advisory lock of who loads."""
_WELL = (LoadState.PUBLISHED.value, LoadState.VALIDATED.value, LoadState.UNCHANGED.value)
_END_SECONDS: Final = 5.0
_LONGEST_DETAIL: Final = 1_000


class PostgresLoads:
    """Begins and remembers loads; see Loads."""

    def __init__(self, engine: AsyncEngine, clock: Clock, busy_share: float = 1.0) -> None:
        """A load keeps the record busy for so much of its time at most; see Pace."""
        self._engine = engine
        self._clock = clock
        self._busy_share = busy_share

    @asynccontextmanager
    async def begin(self, request: RefreshRequest) -> AsyncIterator[LoadSession]:
        """A load of one's own, until the end of the block."""
        async with locked(self._engine, LOCK) as raw:
            if raw is None:
                raise RefreshInProgress(await self._running())
            load, pace = await self._opened(request), Pace(self._busy_share)
            session = PostgresLoadSession(raw, self._engine, self._clock, load, pace)
            try:
                await session.open()
                yield session
            except BaseException as error:
                cancelled = isinstance(error, asyncio.CancelledError | GeneratorExit)
                state = LoadState.CANCELLED if cancelled else LoadState.FAILED
                await asyncio.shield(session.fail(state, "" if cancelled else type(error).__name__))
                raise

    async def answered(self, request: RefreshRequest) -> Load | None:
        """The load that ended well for the same request."""
        key = request.request
        if key is None:
            return None
        columns = loads.c
        mine = (columns.owner == key.owner, columns.request_id == key.request_id)
        async with Transaction(self._engine) as work:
            found = (await work.connection.execute(select(loads).where(*mine))).all()
        if any(row.request_digest != key.digest for row in found):
            raise RequestIdReused
        return next((_load(row) for row in found if row.state in _WELL), None)

    async def get(self, load: UUID) -> Load | None:
        """A load by its id."""
        async with Transaction(self._engine) as work:
            row = (await work.connection.execute(select(loads).where(loads.c.id == load))).one_or_none()
        return None if row is None else _load(row)

    async def _running(self) -> Load | None:
        newest = select(loads).where(loads.c.state == LoadState.RUNNING.value).order_by(loads.c.began_at.desc())
        async with Transaction(self._engine) as work:
            row = (await work.connection.execute(newest.limit(1))).one_or_none()
        return None if row is None else _load(row)

    async def _opened(self, request: RefreshRequest) -> Load:
        """Notes the load, and the end of all that still seem to run: nobody but us has the lock."""
        key, now = request.request, self._clock.now()
        row = {
            "id": uuid4(),
            "providers": [provider.value for provider in request.providers],
            "regions": list(request.regions),
            "validate_only": request.validate_only,
            "owner": "" if key is None else key.owner,
            "request_id": None if key is None else key.request_id,
            "request_digest": None if key is None else key.digest,
            "began_at": now,
            "state": LoadState.RUNNING.value,
            "counts": asdict(Counts()),
            "detail": "",
        }
        gone = {"state": LoadState.INTERRUPTED.value, "ended_at": now}
        async with Transaction(self._engine) as work:
            run = work.connection.execute
            await run(update(loads).where(loads.c.state == LoadState.RUNNING.value).values(gone))
            made = (await run(loads.insert().values(row).returning(loads))).one()
            await work.commit()
        return _load(made)


class PostgresLoadSession(Staging):
    """A load under way; see LoadSession."""

    def __init__(self, raw: asyncpg.Connection[Any], engine: AsyncEngine, clock: Clock, load: Load, pace: Pace) -> None:
        super().__init__(raw, Parts(raw), pace)
        self._engine = engine
        self._clock = clock
        self._ended = False
        self.load = load
        self.base: Version | None = None

    async def open(self) -> None:
        """Looks at what is published, and tidies up behind others."""
        newest = select(versions).order_by(versions.c.number.desc()).limit(1)
        async with Transaction(self._engine) as work:
            row = (await work.connection.execute(newest)).one_or_none()
        self.base = None if row is None else version_of(row)
        await self.sweep()

    async def validators(self) -> Mapping[str, Validator]:
        """By document."""
        with translated():
            rows = await self._raw.fetch("SELECT document, etag, last_modified FROM pricing.documents")
        return {row[0]: Validator(row[1], row[2]) for row in rows if row[1] or row[2]}

    async def note(self, counts: Counts) -> None:
        """Notes how far the load is."""
        with translated():
            await self._raw.execute(
                "UPDATE pricing.loads SET counts = $2 WHERE id = $1", self.load.id, json.dumps(asdict(counts))
            )

    async def publish(self, publication: Publication, counts: Counts) -> None:
        """Everything in one transaction; the load's own row says so in the same one."""
        await publish(self._raw, self._parts, self._pace, self.load, publication, json.dumps(asdict(counts)))
        self._ended = True

    async def end(self, state: LoadState, counts: Counts, detail: str = "") -> None:
        """Notes how it ended."""
        values = {
            "state": state.value,
            "counts": asdict(counts),
            "detail": detail[:_LONGEST_DETAIL],
            "ended_at": self._clock.now(),
        }
        # Through another connection: ours may be what failed.
        async with Transaction(self._engine) as work:
            await work.connection.execute(update(loads).where(loads.c.id == self.load.id).values(values))
            await work.commit()
        self._ended = True

    async def fail(self, state: LoadState, detail: str) -> None:
        """Notes the end of a load that nobody ended, if the database takes it; its counts stay as last noted."""
        if self._ended:
            return
        values = {"state": state.value, "detail": detail, "ended_at": self._clock.now()}
        with contextlib.suppress(SQLAlchemyError, OSError, TimeoutError):
            async with asyncio.timeout(_END_SECONDS), Transaction(self._engine) as work:
                running = (loads.c.id == self.load.id, loads.c.state == LoadState.RUNNING.value)
                await work.connection.execute(update(loads).where(*running).values(values))
                await work.commit()


def _load(row: Any) -> Load:
    return Load(
        id=row.id,
        providers=tuple(Provider(provider) for provider in row.providers),
        regions=tuple(row.regions),
        validate_only=row.validate_only,
        requested_by=row.owner,
        began_at=row.began_at,
        ended_at=row.ended_at,
        state=LoadState(row.state),
        counts=Counts(**row.counts),
        version=row.version,
        detail=row.detail,
    )
