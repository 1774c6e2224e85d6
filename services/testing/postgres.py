"""PostgreSQL as the home of the counters."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine
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
    """The counters of one tenant, each a row from its first change on."""

    def __init__(self, work: db.UnitOfWork) -> None:
        self._work = work

    async def add(self, name: str, amount: int) -> int:
        """Adds to a counter; the value after it."""
        row = {"tenant": self._work.tenant, "name": name, "value": amount, "changes": 1}
        return int((await self._work.connection.execute(_ADD, row)).scalar_one())

    async def get(self, name: str) -> tuple[int, int]:
        """The value of a counter and how many changes made it; zeros for one that is not there."""
        columns = counters.c
        query = select(columns.value, columns.changes).where(columns.tenant == self._work.tenant, columns.name == name)
        row = (await self._work.connection.execute(query)).one_or_none()
        return (0, 0) if row is None else (int(row.value), int(row.changes))


def _adding() -> ReturningInsert[int]:
    row = insert(counters)
    sums = {"value": counters.c.value + row.excluded.value, "changes": counters.c.changes + 1}
    place = [counters.c.tenant, counters.c.name]
    return row.on_conflict_do_update(index_elements=place, set_=sums).returning(counters.c.value)


_ADD = _adding()
