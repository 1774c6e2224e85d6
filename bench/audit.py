"""The audit log: what an entry costs, and that a hundred thousand of them hold, also after a writer was killed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from bench.report import Section
from services.runtime import audit
from services.runtime.audit.chain import Break, verify
from services.runtime.audit.recording import write
from services.runtime.db import UnitOfWork, make_engine
from services.runtime.settings import RuntimeSettings
from services.testing.postgres import migrate
from tests.support.programs import Database, own_database, running_postgres

_TENANT = "acme"
_ENTRIES = 100_000
# Of these, entries that have a transaction of their own, as a change's has; the others come as the writer of refusals
# writes them.
_SINGLE = 10_000
_BATCH = 500
_AT_ONCE = 8
_KEY = b"k" * 32
_ROOT = Path(__file__).parents[1]


def run() -> list[Section]:
    """The figures of the audit log; fails when a chain does not hold that should, or holds that should not."""
    section = Section("Audit log", f"{_ENTRIES:,} entries of one tenant in a PostgreSQL without fsync, one process.")
    with running_postgres() as server, tempfile.TemporaryDirectory() as folder:
        asyncio.run(_measure(section, server, Path(folder)))
    return [section]


async def _measure(section: Section, server: Database, folder: Path) -> None:
    async with own_database(server, folder) as database:
        await asyncio.to_thread(audit.migrate, database.owner)
        await asyncio.to_thread(migrate, RuntimeSettings(database_url_file=database.owner_file))
        engine = make_engine(RuntimeSettings(database_url_file=database.service_file, database_pool_size=_AT_ONCE))
        began = time.perf_counter()
        await asyncio.gather(*(_changes(engine, _SINGLE // _AT_ONCE, 1) for _ in range(_AT_ONCE)))
        section.add(f"entries in {_AT_ONCE} transactions at once", f"{_SINGLE / (time.perf_counter() - began):,.0f}/s")
        left = _ENTRIES - _SINGLE
        began = time.perf_counter()
        await _changes(engine, left // _BATCH, _BATCH)
        section.add(f"entries in batches of {_BATCH}", f"{left / (time.perf_counter() - began):,.0f}/s")
        killed = await asyncio.to_thread(_killed_writer, database)
        began = time.perf_counter()
        count, breaks = await _verified(engine)
        took = time.perf_counter() - began
        if breaks or count < _ENTRIES + killed:
            raise RuntimeError(f"{count} entries, {breaks}")
        section.add("entries verified after a writer was killed", f"{count:,}", "all hold")
        section.add("verification", f"{count / took:,.0f}/s")
        await _tampering(section, database, engine)
        await engine.dispose()


async def _changes(engine: AsyncEngine, count: int, size: int) -> None:
    for _ in range(count):
        async with UnitOfWork(engine, _TENANT) as work:
            await write(work, [audit.Entry(tenant=_TENANT, action="a.b.c", resource="things/1") for _ in range(size)])
            await work.commit()


def _killed_writer(database: Database) -> int:
    """Kills a process in the midst of its transactions; how many it had acknowledged."""
    argv = [sys.executable, "-m", "tests.support.audit_writer", str(database.service_file), _TENANT]
    with subprocess.Popen(argv, cwd=_ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        seen = [process.stdout.readline() for _ in range(500)]
        process.kill()
        return len(seen) + len(process.stdout.readlines())


async def _verified(engine: AsyncEngine) -> tuple[int, list[Break]]:
    told = [progress async for progress in verify(engine, _TENANT, _KEY)]
    return told[-1].verified, [found for progress in told for found in progress.breaks]


async def _tampering(section: Section, database: Database, engine: AsyncEngine) -> None:
    """Who owns the server changes one entry and removes another, both in the middle of a strand."""
    admin = await asyncpg.connect(database.admin.replace("+asyncpg", ""))
    await admin.execute("SET session_replication_role = replica")
    for what, statement in (
        ("changed", "UPDATE audit.entries SET resource = 'things/2' WHERE strand = 0 AND sequence = 50000"),
        ("removed", "DELETE FROM audit.entries WHERE strand = 0 AND sequence = 40000"),
    ):
        await admin.execute(statement)
        _, breaks = await _verified(engine)
        if not breaks:
            raise RuntimeError(f"an entry was {what} and nobody noticed")
        section.add(f"one entry {what}", f"found at {breaks[0].sequence:,}", "found")
    await admin.close()
