"""The engine: a bounded pool whose every statement ends."""

from datetime import timedelta
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services.runtime.db.tracing import trace_statements
from services.runtime.settings import RuntimeSettings

# How long a caller waits for a connection before it hears DEPENDENCY_UNAVAILABLE.
_POOL_SECONDS = 2.0
_CONNECT_SECONDS = 2.0
_RECYCLE_SECONDS = 1800
# A transaction whose owner is frozen or cut off must not hold its locks for longer than others can wait for them: less
# than `database_lock_timeout` is by default. Between two statements of ours lie microseconds.
_IDLE_IN_TRANSACTION = timedelta(seconds=1.5)


def make_engine(settings: RuntimeSettings, *, idle_in_transaction: timedelta = _IDLE_IN_TRANSACTION) -> AsyncEngine:
    """An engine for the settings' database. Nothing connects before the first use.

    Connections are not asked before each use whether they live (that is a round trip): one that died fails its
    transaction as DEPENDENCY_UNAVAILABLE, and the pool then drops all that are older. The server ends a transaction
    that has waited for its next statement for `idle_in_transaction`; only who is in nobody's way may take longer.

    Raises:
        SecretUnreadable: the database's URL cannot be read.
    """
    url = make_url(settings.database_url().get_secret_value())
    engine = create_async_engine(
        url.set(drivername="postgresql+asyncpg"),
        pool_size=settings.database_pool_size,
        max_overflow=settings.database_pool_overflow,
        pool_timeout=_POOL_SECONDS,
        pool_recycle=_RECYCLE_SECONDS,
        pool_use_lifo=True,
        hide_parameters=True,  # what users send belongs neither into logs nor into exceptions
        connect_args=_connect_arguments(settings, idle_in_transaction),
    )
    event.listen(engine.sync_engine, "handle_error", _drop_pool_on_lost_connection)
    trace_statements(engine)
    return engine


def _connect_arguments(settings: RuntimeSettings, idle_in_transaction: timedelta) -> dict[str, Any]:
    return {
        "timeout": _CONNECT_SECONDS,
        "command_timeout": settings.database_statement_timeout.total_seconds() + 1,
        "server_settings": {
            "application_name": settings.replica,
            "statement_timeout": _milliseconds(settings.database_statement_timeout),
            "lock_timeout": _milliseconds(settings.database_lock_timeout),
            "idle_in_transaction_session_timeout": _milliseconds(idle_in_transaction),
            "timezone": "UTC",
        },
    }


def _drop_pool_on_lost_connection(context: Any) -> None:
    """asyncpg reports a server that shut down by its SQLSTATE, which SQLAlchemy does not take for a lost connection."""
    state = getattr(context.original_exception, "sqlstate", None) or ""
    if isinstance(state, str) and (state.startswith("08") or state in {"57P01", "57P02", "57P03", "25P03"}):
        context.is_disconnect = True


def _milliseconds(duration: timedelta) -> str:
    return str(int(duration.total_seconds() * 1000))


async def check(engine: AsyncEngine) -> None:
    """Returns when the database answers a query; raises whatever the driver does otherwise."""
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
