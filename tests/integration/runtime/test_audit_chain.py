"""The audit log on a real PostgreSQL: it holds whatever happens to its writers, and shows what happened to it."""

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
import sqlalchemy as sa
from prometheus_client import CollectorRegistry
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.runtime import audit
from services.runtime.audit.chain import Break, Fault, Progress, canonical, verify
from services.runtime.audit.recording import write
from services.runtime.audit.upkeep import LogUpkeep
from services.runtime.db import UnitOfWork, Upkeep, make_engine
from services.runtime.settings import RuntimeSettings
from services.testing.postgres import PostgresCounters
from services.testing.postgres import migrate as migrate_counters
from tests.support.programs import Database, own_database

ROOT = Path(__file__).parents[3]
KEY = b"k" * 32


@pytest.fixture
async def own(database: Database, tmp_path: Path) -> AsyncIterator[Database]:
    """A database of the test's own, which may be tampered with."""
    async with own_database(database, tmp_path) as made:
        await asyncio.to_thread(audit.migrate, made.owner)
        await asyncio.to_thread(audit.migrate, made.owner)
        await asyncio.to_thread(migrate_counters, RuntimeSettings(database_url_file=made.owner_file))
        yield made


@pytest.fixture
async def engine(own: Database) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(RuntimeSettings(database_url_file=own.service_file))
    yield engine
    await engine.dispose()


@pytest.fixture
async def intruder(own: Database) -> AsyncIterator[asyncpg.Connection]:
    """Somebody with every right over the database, whom no trigger and no policy stops."""
    connection = await asyncpg.connect(own.admin.replace("+asyncpg", ""))
    await connection.execute("SET session_replication_role = replica")
    yield connection
    await connection.close()


async def _fill(engine: AsyncEngine, tenant: str, count: int) -> None:
    async with UnitOfWork(engine, tenant) as work:
        await write(work, [audit.Entry(tenant=tenant, action="a.b.c", resource=f"things/{n}") for n in range(count)])
        await work.commit()


async def _verified(engine: AsyncEngine, tenant: str) -> tuple[int, tuple[Break, ...]]:
    told: list[Progress] = [progress async for progress in verify(engine, tenant, KEY)]
    return told[-1].verified if told else 0, tuple(found for progress in told for found in progress.breaks)


def _upkeep(engine: AsyncEngine, retention: timedelta | None = None) -> LogUpkeep:
    return LogUpkeep(engine, CollectorRegistry(), KEY, retention)


async def test_a_chain_of_many_entries_holds(engine: AsyncEngine) -> None:
    await _fill(engine, "acme", 2_500)
    await _fill(engine, "umbra", 3)
    assert await _verified(engine, "acme") == (2_500, ())
    assert await _verified(engine, "umbra") == (3, ())
    assert await _verified(engine, "nobody") == (0, ())


async def test_odd_texts_are_hashed_alike_in_both_places(engine: AsyncEngine) -> None:
    entry = audit.Entry(
        tenant="acme",
        action="é" * 300,
        resource="\0a\udcffb\n'\"\\",
        subject="",
        network=" ",
        details={"k": "💥", "": "x"},
    )
    async with UnitOfWork(engine, "acme") as work:
        await write(work, [entry])
        await work.commit()
        parts = ["", "a", "é💥", "x" * 300]
    async with UnitOfWork(engine, "acme") as work:
        row = (await work.connection.execute(sa.text("SELECT action, resource FROM audit.entries"))).one()
    assert (len(row.action), row.resource) == (256, "a?b\n'\"\\")
    assert canonical(parts) == b"".join(len(p.encode()).to_bytes(4, "big") + p.encode() for p in parts)
    assert await _verified(engine, "acme") == (1, ())


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        ("UPDATE audit.entries SET subject = 'users/eve' WHERE sequence = 5", Break(0, 5, Fault.CHANGED)),
        ("UPDATE audit.entries SET details = '{}x' WHERE sequence = 1", Break(0, 1, Fault.CHANGED)),
        (
            "UPDATE audit.entries SET time = time - interval '1 microsecond' WHERE sequence = 5",
            Break(0, 5, Fault.CHANGED),
        ),
        ("UPDATE audit.entries SET hash = sha256(hash) WHERE sequence = 10", Break(0, 10, Fault.CHANGED)),
        ("UPDATE audit.entries SET sequence = 11 - sequence WHERE sequence IN (5, 6)", Break(0, 5, Fault.CHANGED)),
        ("DELETE FROM audit.entries WHERE sequence = 5", Break(0, 5, Fault.MISSING)),
        ("DELETE FROM audit.entries WHERE sequence = 1", Break(0, 2, Fault.MISSING)),
        ("DELETE FROM audit.entries WHERE sequence = 10", Break(0, 10, Fault.MISSING)),
        ("DELETE FROM audit.entries", Break(0, 1, Fault.MISSING)),
        ("DELETE FROM audit.heads", Break(0, 10, Fault.UNANCHORED)),
    ],
)
async def test_damage_is_found(engine: AsyncEngine, intruder: asyncpg.Connection, damage: str, expected: Break) -> None:
    await _fill(engine, "acme", 10)
    await _fill(engine, "umbra", 10)
    await intruder.execute(damage + (" AND" if "WHERE" in damage else " WHERE") + " tenant = 'acme'")
    assert (await _verified(engine, "acme"))[1] == (expected,)
    assert await _verified(engine, "umbra") == (10, ())


async def test_a_chain_that_was_cut_back_or_made_anew_does_not_fit_its_checkpoint(
    engine: AsyncEngine, intruder: asyncpg.Connection
) -> None:
    """Who may write everything can make a chain that holds in itself; the seal needs a key that is not there."""
    await _fill(engine, "acme", 10)
    assert await _upkeep(engine).checkpoint() == 1
    assert await _upkeep(engine).checkpoint() == 0
    await intruder.execute("DELETE FROM audit.entries WHERE sequence > 8")
    await intruder.execute(
        "UPDATE audit.heads SET sequence = 8, hash = (SELECT hash FROM audit.entries WHERE sequence = 8)"
    )
    assert (await _verified(engine, "acme"))[1] == (Break(0, 9, Fault.MISSING),)
    await _fill(engine, "acme", 2)
    assert (await _verified(engine, "acme"))[1] == (Break(0, 10, Fault.CHANGED),)
    await intruder.execute("UPDATE audit.checkpoints SET hash = (SELECT hash FROM audit.heads)")
    assert (await _verified(engine, "acme"))[1] == (Break(0, 10, Fault.UNANCHORED),)


async def test_services_can_only_append(engine: AsyncEngine) -> None:
    await _fill(engine, "acme", 1)
    for statement in (
        "UPDATE audit.entries SET subject = ''", "DELETE FROM audit.entries", "TRUNCATE audit.entries",
        "INSERT INTO audit.entries SELECT * FROM audit.entries", "UPDATE audit.heads SET sequence = 0",
        "DELETE FROM audit.heads", "DELETE FROM audit.checkpoints", "SELECT * FROM audit.entries_default",
        "INSERT INTO audit.entries_default SELECT * FROM audit.entries",
        "SELECT audit.close_partition('entries_default')", "SELECT audit.adopt_strays()",
        "SELECT audit.take_strand('acme')", "DROP TABLE audit.entries",
    ):  # fmt: skip
        with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
            async with UnitOfWork(engine, "acme") as work:
                await work.connection.execute(sa.text(statement))
    with pytest.raises(DBAPIError, match="row-level security"):
        async with UnitOfWork(engine, "acme") as work:
            await write(work, [audit.Entry(tenant="umbra", action="a.b.c")])


async def test_not_even_the_owner_changes_an_entry_by_mistake(own: Database, engine: AsyncEngine) -> None:
    await _fill(engine, "acme", 1)
    owner = await asyncpg.connect(own.owner.replace("+asyncpg", ""))
    await owner.execute("SET malha.tenant = 'acme'")
    partitions = await owner.fetch("SELECT relname FROM pg_class WHERE relname ~ '^entries_[0-9d]' AND relkind = 'r'")
    tables = ["entries", *(row["relname"] for row in partitions)]
    assert len(tables) == 6
    for table in tables:
        for statement in (f"UPDATE audit.{table} SET subject = 'x'", f"DELETE FROM audit.{table}"):
            if await owner.fetchval(f"SELECT count(*) FROM audit.{table}"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError, match="only grows"):
                    await owner.execute(statement)
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="only grows"):
            await owner.execute(f"TRUNCATE audit.{table}")
    await owner.close()


async def test_tenants_read_their_own_entries_only(engine: AsyncEngine) -> None:
    await _fill(engine, "acme", 2)
    for work in (UnitOfWork(engine, "umbra"), UnitOfWork(engine, audit.PLATFORM)):
        async with work:
            for table in ("entries", "heads", "checkpoints"):
                assert (await work.connection.execute(sa.text(f"SELECT * FROM audit.{table}"))).all() == []


async def test_an_entry_is_there_if_its_change_is(engine: AsyncEngine) -> None:
    async with UnitOfWork(engine, "acme") as work:
        await PostgresCounters(work).add("counters/a", 1)
        await audit.record(work, "testing.counters.update", "counters/a")
    assert await _verified(engine, "acme") == (0, ())


async def test_changes_at_once_do_not_wait_for_each_other(engine: AsyncEngine) -> None:
    async def one(number: int) -> None:
        async with UnitOfWork(engine, "acme") as work:
            await audit.record(work, "testing.counters.update", f"counters/{number}")
            await work.commit()

    async with UnitOfWork(engine, "acme") as first, UnitOfWork(engine, "acme") as second:
        for number, work in enumerate((first, second)):
            await audit.record(work, "testing.counters.update", f"counters/{number}")
        await asyncio.gather(*(one(number) for number in range(40)))
        await audit.record(second, "testing.counters.update", "counters/again")
        await second.commit()
    assert await _verified(engine, "acme") == (42, ())


async def test_more_at_once_than_there_are_strands_take_turns(own: Database) -> None:
    settings = RuntimeSettings(database_url_file=own.service_file, database_pool_size=24)
    engine = make_engine(settings)

    async def one() -> None:
        async with UnitOfWork(engine, "acme") as work:
            await audit.record(work, "a.b.c", "")
            await work.commit()

    for _ in range(4):
        await asyncio.gather(*(one() for _ in range(24)))
    assert await _verified(engine, "acme") == (96, ())
    await engine.dispose()


async def test_writers_killed_at_any_moment_leave_a_chain_that_holds(own: Database, engine: AsyncEngine) -> None:
    acknowledged = 0
    for _ in range(3):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.support.audit_writer", str(own.service_file), "acme",
            cwd=ROOT, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        for _ in range(100):
            assert await asyncio.wait_for(process.stdout.readline(), 30)
            acknowledged += 1
        process.kill()
        rest = await process.stdout.read()
        acknowledged += len(rest.splitlines())
        await process.wait()
    count, breaks = await _verified(engine, "acme")
    assert breaks == ()
    assert count >= acknowledged
    async with UnitOfWork(engine, "acme") as work:
        changes = await work.connection.scalar(sa.text("SELECT sum(changes) FROM testing.counters"))
    assert changes == count


async def _set_clock(own: Database, moment: str) -> None:
    owner = await asyncpg.connect(own.owner.replace("+asyncpg", ""))
    await owner.execute(
        f"CREATE OR REPLACE FUNCTION audit.now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$ SELECT {moment} $$"
    )
    await owner.close()


async def test_months_are_made_ahead_and_no_entry_goes_astray_unseen(own: Database, engine: AsyncEngine) -> None:
    upkeep = _upkeep(engine)
    assert await upkeep.add_months() == 0
    await _set_clock(own, "clock_timestamp() + interval '200 days'")
    await _fill(engine, "acme", 5)
    await _set_clock(own, "clock_timestamp() + interval '300 days'")
    await _fill(engine, "acme", 5)
    assert await upkeep.add_months() == 10
    assert await upkeep.add_months() == 0
    await _fill(engine, "acme", 5)
    assert await _verified(engine, "acme") == (15, ())
    async with Upkeep(engine) as work:
        partitions = await work.connection.scalars(sa.text(_PARTITIONS))
        assert partitions.all()[-1].startswith("entries_")


async def test_a_clock_that_steps_back_breaks_nothing(own: Database, engine: AsyncEngine) -> None:
    await _fill(engine, "acme", 2)
    await _set_clock(own, "clock_timestamp() - interval '40 days'")
    await _fill(engine, "acme", 2)
    assert await _verified(engine, "acme") == (4, ())
    async with UnitOfWork(engine, "acme") as work:
        times = (await work.connection.scalars(sa.text("SELECT time FROM audit.entries ORDER BY sequence"))).all()
    assert list(times) == sorted(times)


async def test_old_months_go_as_a_whole_and_what_is_left_still_holds(own: Database, engine: AsyncEngine) -> None:
    upkeep = _upkeep(engine, timedelta(days=90))
    await _set_clock(own, "clock_timestamp() - interval '200 days'")
    await upkeep.add_months()
    await _fill(engine, "acme", 5)
    await _fill(engine, "idle", 5)
    await _set_clock(own, "clock_timestamp()")
    await upkeep.add_months()
    await _fill(engine, "acme", 5)
    with pytest.raises(DBAPIError, match="ends without a checkpoint"):
        await _drop(engine, await _oldest(engine))
    gone = await upkeep.retire(timedelta(days=90))
    assert len(gone) >= 1
    assert await _verified(engine, "acme") == (5, ())
    assert await _verified(engine, "idle") == (0, ())
    await _fill(engine, "idle", 2)
    assert await _verified(engine, "idle") == (2, ())


async def test_a_young_month_cannot_be_removed_whatever_the_policy_says(engine: AsyncEngine) -> None:
    await _fill(engine, "acme", 1)
    await _upkeep(engine).checkpoint()
    assert await _upkeep(engine).retire(timedelta(0)) == []
    with pytest.raises(DBAPIError, match="too young"):
        await _drop(engine, await _oldest(engine))


async def test_without_the_checkpoint_of_what_went_the_rest_does_not_hold(
    own: Database, engine: AsyncEngine, intruder: asyncpg.Connection
) -> None:
    await _fill(engine, "acme", 10)
    await intruder.execute("DELETE FROM audit.entries WHERE sequence <= 5")
    assert (await _verified(engine, "acme"))[1] == (Break(0, 6, Fault.MISSING),)


async def _oldest(engine: AsyncEngine) -> str:
    async with Upkeep(engine) as work:
        names = (await work.connection.scalars(sa.text(_PARTITIONS))).all()
    return f"{names[0].removeprefix('entries_').replace('_', '-')}-01T00:00:00Z"


async def _drop(engine: AsyncEngine, month: str) -> None:
    async with Upkeep(engine) as work:
        await work.connection.execute(sa.text(f"SELECT audit.drop_month('{month}', interval '0')"))


_PARTITIONS = (
    "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid "
    "WHERE inhparent = 'audit.entries'::regclass AND relname <> 'entries_default' ORDER BY relname"
)
