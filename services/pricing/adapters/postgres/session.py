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

from services.runtime.db import make_engine
from services.runtime.exceptions import DependencyUnavailable
from services.runtime.settings import RuntimeSettings

_LOG = structlog.get_logger("catalogue")
STATEMENT: Final = timedelta(minutes=3)
"""The longest statement of a load: a calls' limit is too short for one that moves a whole catalogue."""
_PATIENCE: Final = timedelta(seconds=30)
"""How long the server waits for the next statement of a load. A refresh pauses between two, and on a busy machine it
gets its turn late, also between the begin of a transaction and its first statement; what it holds until shortly before
its end, nobody waits for but other loads."""
_LEAVE_SECONDS: Final = 5.0
_WHOLE_TABLES: Final = ("enable_hashjoin", "enable_mergejoin", "enable_material", "enable_seqscan", "enable_sort")
"""How a server reads whole tables: it still does where there is no other way."""
FAILURES: Final = (
    asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError,
)  # fmt: skip
"""Those of a session; the third where it is lost between two messages of one statement."""


def load_engine(settings: RuntimeSettings) -> AsyncEngine:
    """An engine for a process that only loads. Raises as `make_engine` does."""
    return make_engine(settings, idle_in_transaction=_PATIENCE)


@contextmanager
def translated() -> Iterator[None]:
    """Turns the failures of a session into DependencyUnavailable, but not what the data itself is at fault for."""
    try:
        yield
    except (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError):
        raise
    except FAILURES as error:
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
    except FAILURES as error:
        _LOG.warning("a session is closed, since its lock could not be given back", error=type(error).__name__)
    await connection.invalidate()
    raw.terminate()


@asynccontextmanager
async def transaction(raw: asyncpg.Connection[Any], *, by_keys: bool = False) -> AsyncIterator[None]:
    """A transaction with long statements, which commits unless the block raises. With `by_keys` they are many, each of
    a few of many rows: the server, which does not know yet how many that are, must not read all of them each time."""
    with translated():
        async with raw.transaction():
            settings = [
                f"statement_timeout = '{int(STATEMENT.total_seconds())}s'",
                *(f"{way} = off" for way in _WHOLE_TABLES if by_keys),
            ]
            await raw.execute("; ".join(f"SET LOCAL {setting}" for setting in settings))
            yield
