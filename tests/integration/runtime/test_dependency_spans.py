"""What a call asks of PostgreSQL and Redis is seen beneath its span, and what users sent is not."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode, Tracer
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from services.runtime import spans
from services.runtime.db import Transaction, make_engine
from services.runtime.redis import make_redis
from services.runtime.settings import RuntimeSettings
from tests.support.programs import RedisProgram

SECRET = "swordfish"


class Kept:
    """A tracer, and the spans that have ended."""

    def __init__(self) -> None:
        provider = TracerProvider()
        self._exporter = InMemorySpanExporter()
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracer: Tracer = provider.get_tracer("malha")

    @property
    def spans(self) -> dict[str, ReadableSpan]:
        """By name; fails when two have the same."""
        found = self._exporter.get_finished_spans()
        assert len({span.name for span in found}) == len(found)
        assert all(SECRET not in span.to_json() for span in found)
        return {span.name: span for span in found}


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Kept:
    """The process's provider can be set once only, so the tracer is put where it would be found."""
    kept = Kept()
    monkeypatch.setattr(spans.trace, "get_tracer", lambda _: kept.tracer)
    return kept


@pytest.fixture
async def engine(postgres_url: str, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    (tmp_path / "url").write_text(postgres_url)
    engine = make_engine(RuntimeSettings(database_url_file=tmp_path / "url"))
    yield engine
    await engine.dispose()


@pytest.fixture
async def redis(redis_program: RedisProgram, tmp_path: Path) -> AsyncIterator[Redis]:
    (tmp_path / "redis-url").write_text(redis_program.url)
    redis = make_redis(RuntimeSettings(redis_url_file=tmp_path / "redis-url"))
    yield redis
    await redis.aclose()


async def test_a_statement_and_its_commit_are_spans_of_the_call(engine: AsyncEngine, kept: Kept) -> None:
    with kept.tracer.start_as_current_span("call") as call:
        async with Transaction(engine) as work:
            await work.connection.execute(sa.text("CREATE TEMP TABLE thing (path text) ON COMMIT DROP"))
            await work.connection.execute(sa.text("INSERT INTO thing VALUES (:path)"), {"path": SECRET})
            await work.commit()
    insert, commit = kept.spans["INSERT thing"], kept.spans["COMMIT"]
    for span in (insert, commit):
        assert span.parent == call.get_span_context()
        assert span.kind is SpanKind.CLIENT
        assert span.status.status_code is StatusCode.UNSET
    assert _attributes(insert)["db.query.text"] == "INSERT INTO thing VALUES ($1)"
    assert _attributes(insert)["db.system.name"] == "postgresql"
    assert commit.start_time and insert.end_time and commit.start_time >= insert.end_time


async def test_what_is_rolled_back_has_no_commit(engine: AsyncEngine, kept: Kept) -> None:
    with kept.tracer.start_as_current_span("call"):
        async with Transaction(engine) as work:
            await work.connection.execute(sa.text("SELECT 1"))
        async with engine.begin() as connection:
            await connection.execute(sa.text("DO 'BEGIN END'"))
    assert [name for name in kept.spans if name != "call"] == ["SELECT", "DO", "COMMIT"]


async def test_a_statement_that_fails_says_so_without_its_values(engine: AsyncEngine, kept: Kept) -> None:
    with kept.tracer.start_as_current_span("call"):
        async with Transaction(engine) as work:
            with pytest.raises(sa.exc.DBAPIError):
                await work.connection.execute(sa.text("SELECT CAST(:value AS text)::int"), {"value": SECRET})
    assert kept.spans["SELECT"].status.status_code is StatusCode.ERROR
    assert _attributes(kept.spans["SELECT"])["error.type"]


async def test_a_cancelled_statement_has_ended(engine: AsyncEngine, kept: Kept) -> None:
    async with engine.connect() as connection:
        await connection.execute(sa.text("VALUES (1)"))
        with kept.tracer.start_as_current_span("call"), pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await connection.execute(sa.text("SELECT pg_sleep(5)"))
    assert kept.spans["SELECT"].status.status_code is StatusCode.ERROR


async def test_commands_and_pipelines_are_spans_without_keys(redis: Redis, kept: Kept) -> None:
    with kept.tracer.start_as_current_span("call") as call:
        await redis.set(SECRET, SECRET)
        async with redis.pipeline(transaction=False) as pipeline:
            pipeline.get(SECRET)
            pipeline.delete(SECRET)
            assert await pipeline.execute() == [SECRET.encode(), 1]
    assert kept.spans["SET"].parent == call.get_span_context()
    assert _attributes(kept.spans["PIPELINE"])["db.operation.batch.size"] == 2
    assert _attributes(kept.spans["SET"])["db.system.name"] == "redis"


async def test_a_redis_that_fails_says_so(redis: Redis, kept: Kept) -> None:
    with kept.tracer.start_as_current_span("call"), pytest.raises(Exception, match="wrong number"):
        await redis.execute_command("SET", SECRET)  # type: ignore[no-untyped-call]
    assert kept.spans["SET"].status.status_code is StatusCode.ERROR


async def test_without_a_trace_nothing_is_made(engine: AsyncEngine, redis: Redis, kept: Kept) -> None:
    with trace.use_span(trace.INVALID_SPAN):
        await redis.ping()
        async with engine.connect() as connection:
            await connection.execute(sa.text("SELECT 1"))
    assert kept.spans == {}


def _attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})
