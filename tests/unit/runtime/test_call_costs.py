"""The parts that keep a call cheap: log lines that wait, one alarm for all deadlines, filters that use indexes."""

import asyncio
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
import sqlalchemy as sa
import structlog
from prometheus_client import CollectorRegistry

from services.runtime.call import Call
from services.runtime.call_log import FLUSH_SECONDS, MOST_WAITING, CallLog
from services.runtime.exceptions import DeadlineExceeded
from services.runtime.interceptors.deadline import Deadline
from services.runtime.interceptors.logging import Logging
from services.runtime.interceptors.metrics import Metrics
from services.runtime.listing import FieldType, Kind, parse_filter
from services.runtime.listing.sql import to_sql
from services.runtime.log_file import BufferedSink, RotatingFile
from services.runtime.logging import configure_logging
from services.runtime.method import Method, Shape
from services.runtime.settings import LogLevel, RuntimeSettings

ECHO = Method(path="/t.Echo/Say", service="t.Echo", name="Say", shape=Shape.UNARY_UNARY, parse=bytes, timeout=30.0)


class Context:
    """An rpc that brings metadata and a time limit."""

    def __init__(self, seconds: float | None = None) -> None:
        self.seconds = seconds

    def invocation_metadata(self) -> tuple[tuple[str, str], ...]:
        return (("x-request-id", "abc-1"),)

    def time_remaining(self) -> float | None:
        return self.seconds


@pytest.fixture
def log(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """Logging to a file at the level asked for, put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    path = tmp_path / "log"
    configure_logging(RuntimeSettings(log_file=path, log_level=getattr(request, "param", LogLevel.INFO)))
    yield path
    root.handlers[0].close()
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


async def test_lines_of_calls_have_the_same_fields_on_both_ways(log: Path) -> None:
    stage = Logging()
    succeeded, cancelled = Call(ECHO, Context()), Call(ECHO, Context())
    for call in (succeeded, cancelled):
        call.trace_id, call.span_id = "1" * 32, "2" * 16
    cancelled.code = grpc.StatusCode.CANCELLED
    stage.end(succeeded)
    assert records(log) == []
    stage.end(cancelled)
    first, second = records(log)
    # The ids of a record on the slow way come from the context, which this test has not entered.
    assert first.keys() - {"request_id", "trace_id", "span_id"} == second.keys()
    assert (first["event"], first["code"], first["method"], first["level"]) == ("call", "OK", ECHO.path, "info")
    assert (first["request_id"], first["trace_id"], first["span_id"]) == ("abc-1", "1" * 32, "2" * 16)
    assert first["timestamp"] <= second["timestamp"]
    assert len(first["timestamp"]) == len(second["timestamp"])


async def test_a_line_that_waits_is_written_soon_and_again(log: Path) -> None:
    stage = Logging()
    for count in (1, 2):
        stage.end(Call(ECHO, Context()))
        await asyncio.sleep(FLUSH_SECONDS * 2)
        assert len(records(log)) == count


@pytest.mark.parametrize("log", [LogLevel.WARNING], indirect=True)
async def test_a_level_above_information_leaves_calls_out(log: Path) -> None:
    Logging().end(Call(ECHO, Context()))
    structlog.get_logger("x").warning("last")
    assert [record["event"] for record in records(log)] == ["last"]


async def test_lines_that_wait_are_bounded_and_survive_the_end(tmp_path: Path) -> None:
    sink = BufferedSink(RotatingFile(tmp_path / "log", 1_000_000, 1))
    calls = CallLog(sink, "echo", "echo-0")
    for _ in range(MOST_WAITING + 1):
        calls.succeeded(Call(ECHO, Context()), 0.001)
    assert len(records(tmp_path / "log")) == MOST_WAITING
    sink.close()
    assert len(records(tmp_path / "log")) == MOST_WAITING + 1


async def test_one_alarm_ends_each_call_in_its_time() -> None:
    stage = Deadline()

    async def serve(seconds: float) -> float:
        call = Call(ECHO, Context(seconds))
        loop = asyncio.get_running_loop()
        began = loop.time()
        stage.begin(call)
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            assert isinstance(call.interruption, DeadlineExceeded)
            return loop.time() - began
        finally:
            stage.end(call)
        raise AssertionError("not interrupted")

    quick = Call(ECHO, Context(0.11))
    stage.begin(quick)
    stage.end(quick)
    taken = await asyncio.gather(serve(0.4), serve(0.15), serve(0.25), serve(0.15))
    for seconds, took in zip((0.4, 0.15, 0.25, 0.15), taken, strict=True):
        assert seconds - 0.01 <= took < seconds + 0.1
    assert quick.interruption is None


async def test_figures_fall_into_their_buckets() -> None:
    registry = CollectorRegistry()
    stage = Metrics(registry)
    call = Call(ECHO, Context())
    stage.begin(call)
    call.started -= 0.3
    stage.end(call)
    labels = {"grpc_type": "unary", "grpc_service": "t.Echo", "grpc_method": "Say", "caller": ""}

    def figure(name: str, **more: str) -> float | None:
        return registry.get_sample_value(name, labels | more)

    buckets = [figure("grpc_server_handling_seconds_bucket", le=le) for le in ("0.25", "0.6", "+Inf")]
    assert buckets == [0, 1, 1]
    assert figure("grpc_server_handling_seconds_sum") == pytest.approx(0.3, abs=0.1)
    assert figure("grpc_server_handled_total", grpc_code="OK") == 1


def test_only_comparisons_that_null_could_pass_are_guarded() -> None:
    fields = {"score": FieldType(Kind.INTEGER)}
    columns = {"score": sa.column("score", sa.Integer)}

    def guards(text: str) -> int:
        return str(to_sql(parse_filter(text, fields), columns)).count("coalesce(")

    assert guards("score > 1 AND score < 9 OR score = 12") == 0
    assert guards("score != 1") == 1
    assert guards("score = 1 NOT (score > 2 OR score < 0)") == 2
