"""A session of one's own with the database, for work that is more than one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any, Final

import asyncpg
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.runtime.exceptions import DependencyUnavailable

_LOG = structlog.get_logger("catalogue")
STATEMENT: Final = timedelta(minutes=3)
"""The longest statement of a load: a calls' limit is too short for one that moves a whole catalogue."""
_LEAVE_SECONDS: Final = 5.0


@contextmanager
def translated() -> Iterator[None]:
    """Turns the failures of a session into DependencyUnavailable, but not what the data itself is at fault for."""
    try:
        yield
    except (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError):
        raise
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        raise DependencyUnavailable("database") from error


@asynccontextmanager
async def locked(engine: AsyncEngine, key: int) -> AsyncIterator[asyncpg.Connection[Any] | None]:
    """A connection that holds the advisory lock `key` until the end of the block; None when somebody else has it.

    The lock is the connection's: when that is lost, so is the lock, and nothing more can be done through it.
    """
    connection = await engine.connect()
    try:
        raw = await _driver(connection)
        with translated():
            got = await raw.fetchval("SELECT pg_try_advisory_lock($1)", key)
        if not got:
            yield None
            return
        try:
            yield raw
        finally:
            # Also for who was cancelled: a pooled connection with the lock on it would keep everybody else out.
            await asyncio.shield(_leave(connection, raw, key))
    finally:
        await connection.close()


async def _driver(connection: AsyncConnection) -> asyncpg.Connection[Any]:
    raw = (await connection.get_raw_connection()).driver_connection
    assert isinstance(raw, asyncpg.Connection)
    return raw


async def _leave(connection: AsyncConnection, raw: asyncpg.Connection[Any], key: int) -> None:
    try:
        async with asyncio.timeout(_LEAVE_SECONDS):
            if await raw.fetchval("SELECT pg_advisory_unlock($1)", key):
                return
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        _LOG.warning("a session is closed, since its lock could not be given back", error=type(error).__name__)
    await connection.invalidate()
    raw.terminate()


@asynccontextmanager
async def transaction(raw: asyncpg.Connection[Any]) -> AsyncIterator[None]:
    """A transaction with long statements, which commits unless the block raises."""
    with translated():
        async with raw.transaction():
            await raw.execute(f"SET LOCAL statement_timeout = '{int(STATEMENT.total_seconds())}s'")
            yield
