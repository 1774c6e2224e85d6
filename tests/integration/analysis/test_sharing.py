"""Reports are seen by those who made them, by those they are shared with, and by nobody of another tenant."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from services.analysis.adapters import postgres as adapter
from services.analysis.adapters.postgres import migrate
from services.analysis.adapters.postgres.sharing import PostgresReportSharing
from services.analysis.adapters.postgres.store import PostgresReportStore
from services.analysis.adapters.postgres.tables import metadata
from services.analysis.domain.access import Viewer
from services.analysis.domain.errors import ReportNotFound
from services.analysis.rpc.reports import LISTING
from services.analysis.usecases.list_report_shares import list_report_shares
from services.analysis.usecases.share_report import ShareReport
from services.analysis.usecases.unshare_report import unshare_report
from services.runtime import db
from services.runtime.clock import SystemClock
from services.runtime.db import Transaction, UnitOfWork, make_engine
from services.runtime.exceptions import PermissionMissing
from services.runtime.settings import RuntimeSettings
from tests.integration.analysis.test_store import new_report
from tests.support.programs import Database
from tests.unit.analysis.fakes import ADMIN, ANA, RUI, STRANGER

EVERYBODY = (ANA, RUI, ADMIN, STRANGER)
Do = Callable[[PostgresReportSharing, Viewer, UUID], Awaitable[object]]


@pytest.fixture
async def engine(database: Database) -> AsyncIterator[AsyncEngine]:
    await asyncio.to_thread(migrate, RuntimeSettings(database_url_file=database.owner_file))
    made = make_engine(RuntimeSettings(database_url_file=database.service_file))
    yield made
    await made.dispose()


class World:
    """Reports, and what one can do with them."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.store = PostgresReportStore(engine)

    async def make(self, viewer: Viewer, parent: UUID | None = None) -> UUID:
        (record,) = await self.store.add(viewer, [new_report(f"{uuid4()}.py", parent=parent)])
        return record.id

    async def seen(self, report: UUID) -> set[str]:
        """Who gets the report; whoever does finds it in lists, too, and nobody else."""
        page = LISTING.page(f'name = "reports/{report}"', "", "", 10)
        who = set()
        for viewer in EVERYBODY:
            found = await self.store.get(viewer, report, with_body=True)
            listed = [record.id for record in await self.store.list(viewer, page)]
            assert listed == ([] if found is None else [report])
            if found is not None:
                assert found[1] == b"body"
                who.add(f"{viewer.tenant}/{viewer.subject}")
        return who

    async def do(self, viewer: Viewer, report: UUID, what: Do) -> object:
        async with UnitOfWork(self.engine, viewer.tenant) as work:
            answer = await what(PostgresReportSharing(work), viewer, report)
            await work.commit()
        return answer

    async def share(self, viewer: Viewer, report: UUID, subject: str) -> object:
        share = ShareReport(SystemClock())
        return await self.do(viewer, report, lambda sharing, who, one: share(sharing, who, one, subject))

    async def unshare(self, viewer: Viewer, report: UUID, subject: str) -> object:
        return await self.do(viewer, report, lambda sharing, who, one: unshare_report(sharing, who, one, subject))

    async def shares(self, viewer: Viewer, report: UUID) -> object:
        return await self.do(viewer, report, list_report_shares)


@pytest.fixture
def world(engine: AsyncEngine) -> World:
    return World(engine)


MINE, THEIRS, ADMINS = "acme/users/ana", "acme/users/rui", "acme/users/admin"


async def test_a_report_is_seen_by_its_creator_and_by_who_may_see_all(world: World) -> None:
    assert await world.seen(await world.make(ANA)) == {MINE, ADMINS}


async def test_what_is_shared_is_seen_until_it_is_taken_back(world: World) -> None:
    report = await world.make(ANA)
    share = await world.share(ANA, report, RUI.subject)
    assert await world.share(ADMIN, report, RUI.subject) == share
    assert await world.seen(report) == {MINE, THEIRS, ADMINS}
    assert await world.shares(ANA, report) == [share]
    assert await world.unshare(ANA, report, RUI.subject) is True
    assert await world.unshare(ANA, report, RUI.subject) is False
    assert await world.seen(report) == {MINE, ADMINS}


async def test_who_sees_a_project_sees_its_parts(world: World) -> None:
    project = await world.make(ANA)
    part = await world.make(ANA, parent=project)
    await world.share(ANA, project, RUI.subject)
    assert await world.seen(part) == {MINE, THEIRS, ADMINS}


async def test_a_share_with_the_same_name_in_another_tenant_shows_nothing_there(world: World) -> None:
    report = await world.make(RUI)
    await world.share(RUI, report, STRANGER.subject)  # which is also ana's name in acme
    assert await world.seen(report) == {MINE, THEIRS, ADMINS}


@pytest.mark.parametrize("what", ["share", "unshare", "shares"])
async def test_only_creators_and_who_may_see_all_share(world: World, what: str) -> None:
    report = await world.make(ANA)

    def attempt(viewer: Viewer) -> Awaitable[object]:
        if what == "shares":
            return world.shares(viewer, report)
        return getattr(world, what)(viewer, report, "users/eve")

    for viewer in (RUI, STRANGER):
        with pytest.raises(ReportNotFound):
            await attempt(viewer)
    await world.share(ANA, report, RUI.subject)
    with pytest.raises(PermissionMissing):
        await attempt(RUI)
    with pytest.raises(ReportNotFound):
        await attempt(STRANGER)
    await attempt(ADMIN)


async def test_request_ids_are_their_owners(world: World) -> None:
    new = new_report()
    for viewer in (ANA, RUI, STRANGER):
        (kept,) = await world.store.add(viewer, [new_report(request=new.request)])
        assert await world.store.get(viewer, kept.id, with_body=False) is not None
        assert await world.store.add(viewer, [new_report(request=new.request)]) == [kept]


async def test_raw_sql_finds_nothing_of_another_tenant(world: World) -> None:
    await world.share(ANA, await world.make(ANA), RUI.subject)
    for work in (UnitOfWork(world.engine, STRANGER.tenant), Transaction(world.engine)):
        async with work:
            for table in metadata.sorted_tables:
                rows = (await work.connection.execute(sa.select(table.c.tenant))).scalars().all()
                assert set(rows) <= {STRANGER.tenant}
                if isinstance(work, UnitOfWork):
                    continue
                assert rows == []


async def test_what_is_older_than_tenants_goes_to_the_default_one(database: Database, tmp_path: Path) -> None:
    """The migration from a filled schema of the first revision, in a database of its own."""
    name = f"old_{uuid4().hex}"
    admin = await asyncpg.connect(database.admin.replace("+asyncpg", ""))
    await admin.execute(f"CREATE DATABASE {name} OWNER malha")
    url = f"{database.owner.rpartition('/')[0]}/{name}"
    await asyncio.to_thread(db.migrate, url, SCRIPTS, "analysis", "0001")
    (tmp_path / "url").write_text(url)
    engine = make_engine(RuntimeSettings(database_url_file=tmp_path / "url"))
    report = uuid4()
    async with engine.begin() as connection:
        await connection.execute(sa.text("INSERT INTO analysis.payloads VALUES ('\\x01', 'body')"))
        await connection.execute(sa.text(OLD), {"id": report})
    await asyncio.to_thread(db.migrate, url, SCRIPTS, "analysis")
    store = PostgresReportStore(engine)
    found = await store.get(Viewer("default", "users/admin", sees_all=True), report, with_body=True)
    assert found is not None
    assert found[1] == b"body"
    for viewer in (Viewer("default", "users/ana"), ADMIN):
        assert await store.get(viewer, report, with_body=True) is None
    await engine.dispose()
    await admin.execute(f"DROP DATABASE {name}")
    await admin.close()


SCRIPTS = Path(adapter.__file__).parent / "migrations"
OLD = """
    INSERT INTO analysis.reports VALUES (
        :id, 1, NULL, 'a.py', now(), '', 'test 1', 'utf-8', 1, 0, 1, 1, 0, '{0,0,0,0}', '{0,0,0,0,0,0}', 0, 100, 0, 0,
        0, false, '\\x01', gen_random_uuid(), 0, ''
    )
"""
