"""Tells of new versions: PostgreSQL calls, and we look ourselves from time to time, since a call may be missed."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Final

import asyncpg
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.pricing.adapters.postgres.publishing import CHANNEL
from services.pricing.adapters.postgres.session import FAILURES

_LOG = structlog.get_logger("catalogue")
_POLL_SECONDS: Final = 5.0
_RETRY_SECONDS: Final = 1.0
_FAILURES = (SQLAlchemyError, *FAILURES)


class PostgresVersionFeed:
    """One connection that listens, for all of the process; see VersionFeed."""

    def __init__(self, engine: AsyncEngine, poll_seconds: float = _POLL_SECONDS) -> None:
        self._engine = engine
        self._poll_seconds = poll_seconds
        self._newest = 0
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begins to listen."""
        self._task = asyncio.create_task(self._keep_listening(), name="versions")

    async def close(self) -> None:
        """Ends."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def after(self, number: int, seconds: float) -> int:
        """The newest number, once it is above `number` or the time is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._newest <= number:
                    await self._news.wait()
        return self._newest

    async def _keep_listening(self) -> None:
        while True:
            try:
                await self._listen()
            except _FAILURES as error:
                _LOG.warning("new versions are not heard of for now", error=type(error).__name__)
                await asyncio.sleep(_RETRY_SECONDS)

    async def _listen(self) -> None:
        connection = await self._engine.connect()
        try:
            raw = (await connection.get_raw_connection()).driver_connection
            assert isinstance(raw, asyncpg.Connection)
            lost = asyncio.Event()
            raw.add_termination_listener(lambda _: lost.set())
            # Listening comes first: what is published from now on is heard, what was before is looked up.
            await raw.add_listener(CHANNEL, self._heard)
            while not lost.is_set():
                self._tell(await raw.fetchval("SELECT coalesce(max(number), 0) FROM pricing.versions"))
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._poll_seconds):
                        await lost.wait()
            raise ConnectionError
        finally:
            # It listens: it must not go back to the others.
            await connection.invalidate()
            await connection.close()

    def _heard(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        self._tell(int(str(payload)))

    def _tell(self, number: int) -> None:
        if number > self._newest:
            self._newest = number
            news, self._news = self._news, asyncio.Event()
            news.set()
