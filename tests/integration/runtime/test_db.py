"""The database, on a real PostgreSQL."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.runtime.db import Transaction, check, make_engine, migrate
from services.runtime.errors import ErrorMap
from services.runtime.listing import matches, parse_filter
from services.runtime.listing.fields import INTEGER, STRING, STRINGS, FieldType
from services.runtime.listing.sql import to_sql
from services.runtime.settings import RuntimeSettings
from tests.support.waiting import eventually

SCRIPTS = Path(__file__).parent / "migrations"


@pytest.fixture
async def schema(postgres_url: str) -> str:
    """A schema of the test's own, migrated."""
    name = f"test_{uuid.uuid4().hex}"
    await asyncio.to_thread(migrate, postgres_url, SCRIPTS, name)
    return name


@pytest.fixture
async def engine(postgres_url: str, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """An engine with short timeouts."""
    file = tmp_path / "url"
    file.write_text(postgres_url)
    settings = RuntimeSettings(
        database_url_file=file, database_lock_timeout=0.2, database_statement_timeout=1.0, database_pool_size=2
    )
    engine = make_engine(settings)
    yield engine
    await engine.dispose()


@pytest.fixture
def things(schema: str) -> sa.Table:
    """The table of the test's migration."""
    return sa.Table(
        "thing",
        sa.MetaData(schema=schema),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("path", sa.Text),
        sa.Column("score", sa.Integer),
        sa.Column("severity", sa.Text),
        sa.Column("tags", sa.ARRAY(sa.Text)),
    )


async def _count(engine: AsyncEngine, table: sa.Table) -> int:
    async with Transaction(engine) as work:
        return (await work.connection.execute(sa.select(sa.func.count()).select_from(table))).scalar_one()


async def test_the_check_passes_while_the_database_answers(engine: AsyncEngine) -> None:
    await check(engine)


async def test_the_check_fails_when_nobody_answers(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("postgresql+asyncpg://nobody:none@127.0.0.1:1/none")
    engine = make_engine(RuntimeSettings(database_url_file=file))
    with pytest.raises(OSError) as caught:
        await check(engine)
    assert ErrorMap().to_failure(caught.value).reason == "DEPENDENCY_UNAVAILABLE"
    await engine.dispose()


async def test_migrating_twice_and_at_once_changes_nothing(postgres_url: str, schema: str) -> None:
    await asyncio.gather(*(asyncio.to_thread(migrate, postgres_url, SCRIPTS, schema) for _ in range(2)))


async def test_work_is_kept_only_when_committed(engine: AsyncEngine, things: sa.Table) -> None:
    async with Transaction(engine) as work:
        await work.connection.execute(things.insert().values(id=1))
    assert await _count(engine, things) == 0
    async with Transaction(engine) as work:
        await work.connection.execute(things.insert().values(id=1))
        await work.commit()
    assert await _count(engine, things) == 1


async def test_work_is_rolled_back_when_it_fails_or_is_cancelled(engine: AsyncEngine, things: sa.Table) -> None:
    for error in (ValueError, asyncio.CancelledError):
        with pytest.raises(error):
            async with Transaction(engine) as work:
                await work.connection.execute(things.insert().values(id=2))
                raise error
    assert await _count(engine, things) == 0


async def test_a_lock_held_by_another_ends_in_a_time_to_retry(engine: AsyncEngine, things: sa.Table) -> None:
    async with Transaction(engine) as holder:
        await holder.connection.execute(sa.text(f'LOCK TABLE "{things.schema}".thing'))
        with pytest.raises(DBAPIError) as caught:
            await _count(engine, things)
    failure = ErrorMap().to_failure(caught.value)
    assert failure.reason == "DEPENDENCY_UNAVAILABLE"
    assert failure.retry_after is not None


async def test_a_statement_that_takes_too_long_is_ended(engine: AsyncEngine) -> None:
    with pytest.raises(DBAPIError) as caught:
        async with Transaction(engine) as work:
            await work.connection.execute(sa.text("SELECT pg_sleep(5)"))
    assert ErrorMap().to_failure(caught.value).reason == "DEPENDENCY_UNAVAILABLE"


async def test_a_transaction_whose_owner_is_not_heard_of_lets_go_of_its_locks(
    postgres_url: str, tmp_path: Path, engine: AsyncEngine, things: sa.Table
) -> None:
    file = tmp_path / "impatient"
    file.write_text(postgres_url)
    impatient = make_engine(RuntimeSettings(database_url_file=file), idle_in_transaction=timedelta(milliseconds=20))
    with pytest.raises(DBAPIError) as caught:
        async with Transaction(impatient) as work:
            await work.connection.execute(sa.text(f'LOCK TABLE "{things.schema}".thing'))

            async def free() -> bool:
                with contextlib.suppress(DBAPIError):
                    return await _count(engine, things) == 0
                return False

            await eventually(free)
            await work.connection.execute(sa.text("SELECT 1"))
    assert ErrorMap().to_failure(caught.value).reason == "DEPENDENCY_UNAVAILABLE"
    await impatient.dispose()


async def test_a_connection_that_the_server_closed_fails_once_only(engine: AsyncEngine) -> None:
    async with Transaction(engine) as first, Transaction(engine) as second:
        pid = (await second.connection.execute(sa.text("SELECT pg_backend_pid()"))).scalar_one()
        await first.connection.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        with pytest.raises(DBAPIError) as caught:
            await second.connection.execute(sa.text("SELECT 1"))
    assert ErrorMap().to_failure(caught.value).reason == "DEPENDENCY_UNAVAILABLE"
    for _ in range(3):
        await check(engine)


FIELDS = {
    "path": STRING,
    "score": INTEGER,
    "severity": FieldType.enum("INFO", "WARNING", "ERROR"),
    "tags": STRINGS,
}
ROWS: list[dict[str, Any]] = [
    {"id": 1, "path": "src/a.py", "score": 10, "severity": "INFO", "tags": ["x"]},
    {"id": 2, "path": "src/100%_B.py", "score": 20, "severity": "WARNING", "tags": ["x", "y"]},
    {"id": 3, "path": "", "score": 30, "severity": "ERROR", "tags": []},
    {"id": 4, "path": None, "score": None, "severity": None, "tags": None},
]
FILTERS = (
    "", "path = src/a.py", "path = src/*", 'path = "*.py"', 'path = "*%_*"', "path != src/*", "path:100%_b", "path:*",
    "score > 10", "score != 20", "NOT score > 10", "severity >= WARNING", "NOT severity = INFO", "severity != ERROR",
    "tags:x", "NOT tags:y", "tags:*", "score = 10 OR severity = ERROR", "(score < 30 AND tags:x) -path:a",
    "NOT (path:src OR score = 30)",
)  # fmt: skip


@pytest.mark.parametrize("text", FILTERS)
async def test_sql_selects_what_matching_does(engine: AsyncEngine, things: sa.Table, text: str) -> None:
    expression = parse_filter(text, FIELDS)
    columns = {name: things.c[name] for name in FIELDS}
    async with Transaction(engine) as work:
        await work.connection.execute(things.insert(), ROWS)
        query = sa.select(things.c.id).where(to_sql(expression, columns)).order_by(things.c.id)
        found = list((await work.connection.execute(query)).scalars())
    assert found == [row["id"] for row in ROWS if matches(expression, row.get)]
