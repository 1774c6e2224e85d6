"""`malha trace` and `malha top` as a person or a program sees them."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from malha.mesh.v1 import mesh_service_pb2, trace_pb2
from rich.console import Console

from services.mesh import trace_view
from services.mesh.top_view import picture
from tests.unit.mesh.administration import TRACE, MemoryMesh, run, served_in_background

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MS = 1_000_000


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A served mesh that keeps 25 traces of one span."""
    state = tmp_path_factory.mktemp("state")
    with served_in_background(MemoryMesh(), state):
        yield state


@pytest.fixture
def here(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALHA_STATE_DIR", str(state))


def span(
    number: int, parent: int = 0, *, start: int = 0, length: int = 1, kind: str = "SERVER", **more: object
) -> trace_pb2.Span:
    """A span whose times are milliseconds."""
    made = trace_pb2.Span(
        span_id=f"{number:016x}", parent_span_id=f"{parent:016x}" if parent else "", service="echo",
        replica="echo-0", name=f"a.b.Service/Method{number}", kind=kind, **more,  # type: ignore[arg-type]
    )  # fmt: skip
    made.start_time.FromNanoseconds((1_000 + start) * MS)
    made.duration.FromNanoseconds(length * MS)
    return made


def drawn(*spans: trace_pb2.Span, attributes: bool = False) -> list[str]:
    console = Console(file=io.StringIO(), width=200, no_color=True)
    return list(trace_view.lines(console, spans, attributes=attributes))


@pytest.mark.usefixtures("here")
class TestTrace:
    def test_the_latest_are_listed_newest_first(self) -> None:
        header, first, *rest = run("trace").stdout.splitlines()
        assert header.split() == ["TRACE", "BEGAN", "AT", "NAME", "TIME", "SPANS"]
        assert first.split()[:2] == [f"22{TRACE[2:]}", "1970-01-01"]
        assert "EchoService/Echo" in first
        assert len(rest) == 19

    def test_as_many_are_listed_as_are_wanted(self) -> None:
        assert len(json.loads(run("trace", "-n", "3", "--json").stdout)["traces"]) == 3

    def test_when_none_is_like_that_it_says_so(self) -> None:
        done = run("trace", "--failed")
        assert (done.exit_code, done.stdout) == (0, "")
        assert "MALHA_TRACE_RATIO" in done.stderr
        assert run("trace", "--slower-than", "60000").stdout == ""

    def test_one_is_drawn(self) -> None:
        head, _, row = run("trace", TRACE).stdout.splitlines()
        assert head == f"trace {TRACE}, began 1970-01-01 00:00:01.000Z, 1 spans"
        assert row.split()[:2] == ["edge", "EchoService/Echo"]

    def test_the_first_digits_are_enough_when_they_are_unique(self) -> None:
        assert f"trace {TRACE}" in run("trace", TRACE[:2].upper()).stdout
        assert f"trace 0b{TRACE[2:]}" in run("trace", "0b").stdout

    def test_digits_that_begin_several_or_none_are_refused(self) -> None:
        several, none = run("trace", "1"), run("trace", "ffff")
        assert (several.exit_code, none.exit_code) == (2, 2)
        assert "16 of the latest" in several.stderr
        assert "none of the latest" in none.stderr

    @pytest.mark.parametrize("digits", ["xyz", "0" * 33, "deployments/1"])
    def test_what_is_no_id_is_refused_at_once(self, digits: str) -> None:
        done = run("trace", digits)
        assert done.exit_code == 2
        assert "is no trace id" in done.stderr

    def test_json_has_every_field_of_the_contract(self) -> None:
        (one,) = json.loads(run("trace", TRACE, "--json").stdout)["spans"]
        assert set(one) == {
            "span_id", "parent_span_id", "service", "replica", "name", "kind", "start_time", "duration", "failed",
            "attributes",
        }  # fmt: skip


@pytest.mark.usefixtures("here")
class TestTop:
    def test_what_is_no_terminal_gets_the_figures_once(self) -> None:
        head, _, methods, _, processes = run("top").stdout.splitlines()
        assert "0.0 calls/s · 0.0% failed" in head
        assert methods.split() == ["SERVICE", "METHOD", "CALLER", "CALLS/S", "FAILED", "P50", "P95", "P99", "TOTAL"]
        assert processes.split() == ["REPLICA", "CPU", "MEMORY", "CALLS"]

    def test_a_program_gets_a_line_of_json_for_each_period(self) -> None:
        (line,) = run("top", "--once", "--json", "--period", "0.25").stdout.splitlines()
        assert json.loads(line)["period"] == "0.250s"

    def test_a_period_that_the_contract_does_not_allow_is_refused(self) -> None:
        assert run("top", "--period", "0.1").exit_code == 2


def test_without_a_mesh_both_say_how_to_start_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALHA_STATE_DIR", str(tmp_path))
    for verb in ("trace", "top"):
        done = run(verb)
        assert done.exit_code == 2
        assert "malha up" in done.stderr


class TestTree:
    def test_spans_stand_beneath_their_parents_with_bars_in_time(self) -> None:
        lines = drawn(
            span(1, length=32),
            span(3, 1, start=16, length=16, failed=True, attributes={"rpc.grpc.status_code": "14"}),
            span(2, 1, start=0, length=8, kind="CLIENT"),
            span(4, 2, start=2, length=2),
        )
        assert [line.rstrip() for line in lines[1:]] == [
            "echo-0  Service/Method1      32.0 ms  " + "█" * 32,
            "├ → Service/Method2          8.00 ms  " + "█" * 8,
            "│ └ echo-0  Service/Method4  2.00 ms  " + "  ██",
            "└ echo-0  Service/Method3    16.0 ms  " + " " * 16 + "█" * 16 + "  UNAVAILABLE",
        ]

    def test_attributes_stand_beneath_their_span(self) -> None:
        lines = drawn(span(1), span(2, 1, attributes={"b": "2", "a": "1"}), attributes=True)
        assert [line.strip() for line in lines[-2:]] == ["a = 1", "b = 2"]

    def test_foreign_text_cannot_steer_the_terminal(self) -> None:
        bad = span(1, attributes={"\x1b[2J": "\x1b]0;x\x07\n"})
        bad.service = bad.replica = "\x1b[31m"
        bad.name = "\x1b[2Jx/y"
        assert not any(character < " " for line in drawn(bad, attributes=True) for character in line)

    @given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 12), st.integers(0, 90), st.integers(0, 90))))
    def test_any_spans_can_be_drawn(self, rows: list[tuple[int, int, int, int]]) -> None:
        spans = {number: span(number, parent, start=start, length=length) for number, parent, start, length in rows}
        placed = [row.span.span_id for row in trace_view.tree(list(spans.values()))]
        assert len(placed) == len(set(placed))
        if placed:
            kept = [one for one in spans.values() if one.span_id in placed]
            lines = drawn(*kept)
            assert len(lines) == 1 + len(kept)

    def test_a_trace_may_be_deeper_than_python_recurses(self) -> None:
        spans = [span(number, number - 1, start=number) for number in range(1, 5_000)]
        assert sum(1 for _ in trace_view.tree(spans)) == 4_999


class TestPicture:
    def figures(self, methods: int) -> mesh_service_pb2.WatchFiguresResponse:
        response = mesh_service_pb2.WatchFiguresResponse()
        response.period.FromSeconds(2)
        for number in range(methods):
            one = response.methods.add(service="echo", method=f"a.Echo/M{number}", caller="edge", rate=number)
            one.error_ratio, one.total = (0.5, 1_234) if number == 2 else (0.0, 0)
            one.p50.FromMicroseconds(1_500)
        response.processes.add(component="echo", replica="echo-0", cpu=0.5, memory_bytes=128 << 20, running_calls=3)
        return response

    def lines(self, methods: int, height: int | None = None) -> list[str]:
        console = Console(file=io.StringIO(), width=120, no_color=True)
        with console.capture() as captured:
            console.print(picture(self.figures(methods), height))
        return [line.rstrip() for line in captured.get().splitlines()]

    def test_the_busiest_methods_come_first_and_idle_ones_have_no_times(self) -> None:
        head, _, _, first, second, third, *_ = self.lines(3)
        assert "3.0 calls/s · 33.3% failed · 0.50 CPUs · 128 MiB" in head
        assert first.split() == [
            "echo",
            "Echo/M2",
            "edge",
            "2.0",
            "50.0%",
            "1.50",
            "ms",
            "0.00",
            "ms",
            "0.00",
            "ms",
            "1,234",
        ]
        assert second.split()[1] == "Echo/M1"
        assert third.split()[3:] == ["0.0", "-", "-", "-", "-", "0"]

    def test_it_fits_into_the_terminal(self) -> None:
        lines = self.lines(40, height=20)
        assert len(lines) <= 20
        assert any(line.startswith("… ") for line in lines)
        assert lines[-1].split() == ["echo-0", "50%", "128", "MiB", "3"]
