"""PostgreSQL as the home of the counters."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.sql.dml import ReturningInsert

from services.runtime import db
from services.runtime.settings import RuntimeSettings
from services.testing.tables import SCHEMA, counters


def migrate(settings: RuntimeSettings) -> None:
    """Brings the schema `testing` to the newest revision; does nothing when it is there already."""
    db.migrate(settings.database_url().get_secret_value(), Path(__file__).parent / "migrations", SCHEMA)


def database_now(engine: AsyncEngine) -> Callable[[], Awaitable[datetime]]:
    """A clock that asks the database."""

    async def now() -> datetime:
        async with engine.connect() as connection:
            moment: datetime = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
            return moment

    return now


class PostgresCounters:
    """Counters, each a row from its first change on."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, connection: AsyncConnection, name: str, amount: int) -> int:
        """Adds to a counter within the transaction of `connection`; the value after it."""
        added = await connection.execute(_ADD, {"name": name, "value": amount, "changes": 1})
        return int(added.scalar_one())

    async def get(self, name: str) -> tuple[int, int]:
        """The value of a counter and how many changes made it; zeros for one that is not there."""
        async with self._engine.connect() as connection:
            query = select(counters.c.value, counters.c.changes).where(counters.c.name == name)
            row = (await connection.execute(query)).one_or_none()
        return (0, 0) if row is None else (int(row.value), int(row.changes))


def _adding() -> ReturningInsert[int]:
    row = insert(counters)
    sums = {"value": counters.c.value + row.excluded.value, "changes": counters.c.changes + 1}
    return row.on_conflict_do_update(index_elements=[counters.c.name], set_=sums).returning(counters.c.value)


_ADD = _adding()
