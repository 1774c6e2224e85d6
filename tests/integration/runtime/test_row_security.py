"""Tenants do not see each other: not by a unit of work, and not by raw SQL as the role of the services."""

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.runtime.db import Transaction, UnitOfWork, Upkeep, make_engine
from services.runtime.db.row_security import isolate
from services.runtime.exceptions import TokenRequired
from services.runtime.settings import RuntimeSettings
from services.testing.postgres import PostgresCounters, migrate
from services.testing.tables import counters
from tests.support.programs import Database


@pytest.fixture
async def engine(database: Database) -> AsyncIterator[AsyncEngine]:
    """One connection, so that what one transaction left on it would be found by the next."""
    await asyncio.to_thread(migrate, RuntimeSettings(database_url_file=database.owner_file))
    engine = make_engine(
        RuntimeSettings(database_url_file=database.service_file, database_pool_size=1, database_pool_overflow=0)
    )
    yield engine
    await engine.dispose()


@pytest.fixture
async def name(engine: AsyncEngine) -> str:
    """A counter that `acme` set to 7."""
    name = f"counters/{uuid.uuid4().hex}"
    async with UnitOfWork(engine, "acme") as work:
        await PostgresCounters(work).add(name, 7)
        await work.commit()
    return name


@pytest.mark.parametrize("tenant", ["", None])
def test_no_unit_of_work_is_built_without_a_tenant(engine: AsyncEngine, tenant: str) -> None:
    with pytest.raises(TokenRequired):
        UnitOfWork(engine, tenant)


async def test_a_tenant_finds_its_own_and_nothing_of_others(engine: AsyncEngine, name: str) -> None:
    for tenant, value in (("acme", 7), ("umbra", 0), ("acme", 7), ("ACME", 0), ("acme ", 0)):
        async with UnitOfWork(engine, tenant) as work:
            assert (await PostgresCounters(work).get(name))[0] == value


@pytest.mark.parametrize("kind", ["another", "nobody", "session"])
async def test_raw_sql_sees_and_changes_nothing_of_another_tenant(engine: AsyncEngine, name: str, kind: str) -> None:
    made = Transaction(engine) if kind != "another" else UnitOfWork(engine, f"tenant-{uuid.uuid4().hex}")
    async with made as work:
        if kind == "session":
            await work.connection.execute(sa.text("SET malha.tenant = ''"))
        run = work.connection.execute
        assert (await run(sa.select(counters))).all() == []
        assert (await run(sa.text("SELECT count(*) FROM testing.counters"))).scalar_one() == 0
        assert (await run(counters.update().values(value=0))).rowcount == 0
        assert (await run(counters.delete())).rowcount == 0
    async with UnitOfWork(engine, "acme") as work:
        assert await PostgresCounters(work).get(name) == (7, 1)


async def test_nothing_is_written_in_the_name_of_another_tenant(engine: AsyncEngine, name: str) -> None:
    row = {"tenant": "acme", "name": f"{name}-planted", "value": 1, "changes": 1}
    for make in (lambda: UnitOfWork(engine, "umbra"), lambda: Transaction(engine), lambda: Upkeep(engine)):
        with pytest.raises(DBAPIError, match="row-level security"):
            async with make() as work:
                await work.connection.execute(counters.insert().values(row))
    with pytest.raises(DBAPIError, match="row-level security"):
        async with UnitOfWork(engine, "acme") as work:
            await work.connection.execute(counters.update().values(tenant="umbra"))


async def test_the_tenant_ends_with_the_transaction_however_that_ends(engine: AsyncEngine, name: str) -> None:
    async with UnitOfWork(engine, "acme") as work:
        await work.commit()
    with pytest.raises(ValueError, match="on purpose"):
        async with UnitOfWork(engine, "acme"):
            raise ValueError("on purpose")
    async with Transaction(engine) as work:
        assert (await work.connection.execute(sa.select(counters))).all() == []


async def test_upkeep_reaches_only_the_tables_that_grant_it(engine: AsyncEngine, name: str) -> None:
    async with Upkeep(engine) as work:
        assert (await work.connection.execute(sa.select(counters))).all() == []


async def test_every_table_with_a_tenant_is_closed(engine: AsyncEngine) -> None:
    async with Transaction(engine) as work:
        found = await work.connection.execute(_OPEN_TABLES)
        assert [tuple(row) for row in found] == []


@pytest.mark.parametrize("table", ["", "a b", "a.b.c", 'a"; DROP', "A.b"])
def test_only_names_of_tables_are_isolated(table: str) -> None:
    with pytest.raises(ValueError, match="no name of a table"):
        isolate(table)


_OPEN_TABLES = sa.text("""
    SELECT table_schema, table_name FROM information_schema.columns
    JOIN pg_class ON pg_class.oid = format('%I.%I', table_schema, table_name)::regclass
    WHERE column_name = 'tenant' AND table_schema = 'testing' AND relkind IN ('r', 'p')
    AND NOT (relrowsecurity AND relforcerowsecurity)
""")
