"""Reports in a real PostgreSQL: kept all or none, found again, listed in any order without gap or double."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from services.analysis.adapters.postgres import migrate
from services.analysis.adapters.postgres.store import PostgresReportStore
from services.analysis.adapters.postgres.tables import payloads
from services.analysis.domain.reports import NewReport, ReportKind, ReportRecord, RequestKey, Timings
from services.analysis.rpc.reports import LISTING
from services.runtime.db import UnitOfWork, make_engine
from services.runtime.exceptions import RequestIdReused
from services.runtime.settings import RuntimeSettings
from tests.support.programs import Database
from tests.unit.analysis.fakes import ANA, summary


@pytest.fixture(scope="module")
def settings(database: Database) -> RuntimeSettings:
    owner = RuntimeSettings(database_url_file=database.owner_file)
    migrate(owner)
    migrate(owner)  # a second time changes nothing
    return RuntimeSettings(database_url_file=database.service_file)


@pytest.fixture
async def engine(settings: RuntimeSettings) -> AsyncIterator[AsyncEngine]:
    made = make_engine(settings)
    yield made
    await made.dispose()


@pytest.fixture
def store(engine: AsyncEngine) -> PostgresReportStore:
    return PostgresReportStore(engine)


def new_report(
    path: str = "a.py",
    *,
    parent: UUID | None = None,
    request: RequestKey | None = None,
    age: timedelta = timedelta(),
    score: float = 90.0,
    body: bytes = b"body",
) -> NewReport:
    """A report to be stored."""
    record = ReportRecord(
        id=uuid4(),
        kind=ReportKind.SOURCE,
        parent=parent,
        path=path,
        create_time=datetime(2026, 1, 1, tzinfo=UTC) - age,
        content_sha256="0" * 64,
        analyser_version="test 1",
        encoding="utf-8",
        summary=summary(score=score),
        timings=Timings(0.3, 0.1, 0.2),
        cached=False,
    )
    return NewReport(record, request or RequestKey(uuid4(), 0, b"digest"), b"key of " + body, body)


async def test_what_is_stored_is_found_again_with_or_without_its_body(store: PostgresReportStore) -> None:
    new = new_report()
    assert await store.add(ANA, [new]) == [new.record]
    assert await store.get(ANA, new.record.id, with_body=True) == (new.record, b"body")
    assert await store.get(ANA, new.record.id, with_body=False) == (new.record, None)
    assert await store.get(ANA, uuid4(), with_body=True) is None


async def test_a_repeated_request_finds_the_first_report(store: PostgresReportStore) -> None:
    request = RequestKey(uuid4(), 0, b"digest")
    first, second = new_report(request=request), new_report(request=request)
    await store.add(ANA, [first])
    assert await store.add(ANA, [second]) == [first.record]
    assert await store.get(ANA, second.record.id, with_body=False) is None


async def test_repeated_requests_at_the_same_time_store_one_report(store: PostgresReportStore) -> None:
    request = RequestKey(uuid4(), 0, b"digest")
    answers = await asyncio.gather(*(store.add(ANA, [new_report(request=request)]) for _ in range(8)))
    assert len({record.id for (record,) in answers}) == 1


async def test_another_request_under_a_used_id_stores_nothing(store: PostgresReportStore) -> None:
    request = uuid4()
    await store.add(ANA, [new_report(request=RequestKey(request, 0, b"digest"))])
    fresh = new_report(request=RequestKey(request, 1, b"other"))
    with pytest.raises(RequestIdReused):
        await store.add(ANA, [fresh, new_report(request=RequestKey(request, 0, b"other"))])
    assert await store.get(ANA, fresh.record.id, with_body=False) is None


async def test_equal_bodies_are_stored_once(store: PostgresReportStore, engine: AsyncEngine) -> None:
    body = uuid4().bytes
    await store.add(ANA, [new_report(f"{number}.py", body=body) for number in range(5)])
    async with UnitOfWork(engine, ANA.tenant) as work:
        count = await work.connection.scalar(select(func.count()).where(payloads.c.body == body))
    assert count == 1


@pytest.mark.parametrize(
    "order_by", ["", "create_time", "path desc", "summary.score, path", "summary.score desc, create_time"]
)
async def test_pages_cover_everything_once_in_any_order(store: PostgresReportStore, order_by: str) -> None:
    parent = uuid4()
    made = [
        new_report(f"{number % 3}.py", parent=parent, age=timedelta(hours=number % 4), score=float(number % 2))
        for number in range(23)
    ]
    await store.add(ANA, made)
    page = LISTING.page(f'parent = "reports/{parent}"', order_by, "", 5)
    seen: list[UUID] = []
    after: tuple[object, ...] | None = None
    for _ in range(10):
        found = await store.list(ANA, replace(page, after=after))
        records = found[: page.limit]
        seen += [record.id for record in records]
        if len(found) == len(records):
            break
        last = records[-1]
        values = {"create_time": last.create_time, "path": last.path, "summary.score": last.summary.score}
        after = (*(values[term.field] for term in page.order), last.id)
    assert len(seen) == 23
    assert set(seen) == {new.record.id for new in made}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('path = "pkg/*"', {"pkg/a.py", "pkg/b.py"}),
        ("summary.score < 50", {"pkg/b.py"}),
        ('kind = "SOURCE" AND NOT path = "pkg/*"', {"top.py"}),
        ('kind = "PROJECT"', set()),
        ('create_time < "2025-12-31T00:00:00Z"', {"top.py"}),
        ("summary.findings >= 1 (path = pkg/a.py OR path = top.py)", {"pkg/a.py", "top.py"}),
    ],
)
async def test_filters_select(store: PostgresReportStore, text: str, expected: set[str]) -> None:
    parent = uuid4()
    await store.add(
        ANA,
        [
            new_report("pkg/a.py", parent=parent),
            new_report("pkg/b.py", parent=parent, score=10.0),
            new_report("top.py", parent=parent, age=timedelta(days=10)),
        ],
    )
    page = LISTING.page(f'parent = "reports/{parent}" AND {text}', "", "", 100)
    assert {record.path for record in await store.list(ANA, page)} == expected


async def test_a_path_that_no_database_text_can_hold_is_kept_readable(store: PostgresReportStore) -> None:
    new = new_report("odd\udcff.py")
    (kept,) = await store.add(ANA, [new])
    assert kept.path == new.record.path
    found = await store.get(ANA, new.record.id, with_body=False)
    assert found is not None
    assert found[0] == replace(new.record, path="odd?.py")
