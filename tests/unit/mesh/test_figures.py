"""Totals are read from what replicas and Envoy really tell, never fall, and become rates and quantiles."""

from __future__ import annotations

import asyncio
import math
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest

from services.mesh.figures.convert import reading_to_proto
from services.mesh.figures.exposition import Outcomes, Series, parse
from services.mesh.figures.ledger import Ledger
from services.mesh.figures.processes import Processes, Root, Usage
from services.mesh.figures.scrape import Source, scrape
from services.mesh.figures.watch import Figures, MethodFigures, Reading
from services.mesh.judge import Sample
from services.runtime.health import Health
from services.runtime.interceptors.metrics import Metrics
from services.runtime.method import Method, Shape
from services.runtime.metrics import MetricsServer

ECHO = Series("echo", "malha.testing.v1.EchoService/Echo", "edge")


class Replica:
    """The figures of a replica, kept by the runtime's own stage and told by its own server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._metrics = Metrics(self.registry)

    def served(
        self, count: int = 1, code: grpc.StatusCode = grpc.StatusCode.OK, service: str = "malha.testing.v1.EchoService"
    ) -> None:
        """Calls that took no time."""
        method = Method(
            path=f"/{service}/Echo", service=service, name="Echo", shape=Shape.UNARY_UNARY, parse=bytes, timeout=1.0,
            callers=frozenset({"edge"}),
        )  # fmt: skip
        for _ in range(count):
            self._metrics.begun()
            self._metrics.ended(method, "edge", code, 0.0)

    @asynccontextmanager
    async def told(self, pid: int = 1) -> AsyncIterator[Source]:
        """Where it tells them."""
        server = MetricsServer("127.0.0.1:0", self.registry, Health(frozenset(), ()))
        address = await server.start()
        yield Source("echo", "echo-0", pid, address)
        await server.close()


class TestExposition:
    async def test_calls_are_read_by_method_and_caller(self) -> None:
        replica = Replica()
        replica.served(3)
        replica.served(2, grpc.StatusCode.INTERNAL)
        replica.served(4, grpc.StatusCode.NOT_FOUND)
        replica.served(9, service="grpc.health.v1.Health")
        found = parse("echo", generate_latest(replica.registry).decode())
        assert list(found.calls) == [ECHO]
        sample = found.calls[ECHO]
        assert (sample.calls, sample.failures, sample.timed) == (9, 2, 9)
        assert sample.durations[0.25] == 9
        assert list(sample.durations)[-1] == math.inf

    def test_a_page_of_something_else_has_no_calls(self) -> None:
        assert parse("echo", "<html>grpc_server</html>\n") == Outcomes({}, 0)

    def test_a_replica_of_a_version_before_callers_were_told_is_read_all_the_same(self) -> None:
        line = 'grpc_server_handled_total{grpc_service="malha.a.A",grpc_method="B",grpc_code="OK"} 2.0\n'
        assert parse("a", line).calls == {Series("a", "malha.a.A/B", ""): Sample(2, 0, {})}


class TestScrape:
    async def test_a_replica_that_does_not_answer_is_left_out(self) -> None:
        replica = Replica()
        replica.served()
        async with replica.told() as source:
            gone = source._replace(replica="echo-1", address="127.0.0.1:1")
            found = await scrape([source, gone])
        assert [one.replica for one in found] == ["echo-0"]

    async def test_a_replica_that_is_silent_costs_a_second(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = f"127.0.0.1:{silent.getsockname()[1]}"
            began = asyncio.get_running_loop().time()
            assert await scrape([Source("echo", "echo-0", 1, address)]) == {}
            assert asyncio.get_running_loop().time() - began < 3

    @pytest.mark.parametrize(
        "page", [b"", b"\xff\xfe", b'grpc_server_handled_total{grpc_service="malha.a.A"} 1\n', b"grpc_server_{"]
    )
    async def test_a_page_that_is_none_of_ours_is_left_out(self, page: bytes) -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write((b"HTTP/1.1 200 OK\r\n\r\n" if page else b"") + page)
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        async with server:
            host, port = server.sockets[0].getsockname()
            assert await scrape([Source("echo", "echo-0", 1, f"{host}:{port}")]) == {}


class TestLedger:
    def source(self, pid: int, replica: str = "echo-0") -> Source:
        return Source("echo", replica, pid, "")

    def outcomes(self, calls: int) -> Outcomes:
        return Outcomes({ECHO: Sample(calls, 0, {math.inf: calls})}, 0)

    def test_a_replica_that_was_replaced_keeps_its_calls(self) -> None:
        ledger = Ledger()
        assert ledger.enter({self.source(1): self.outcomes(10)})[ECHO].calls == 10
        assert ledger.enter({self.source(2): self.outcomes(3)})[ECHO].calls == 13
        assert ledger.enter({})[ECHO].calls == 13

    def test_a_page_that_comes_late_is_not_counted_again(self) -> None:
        ledger = Ledger()
        ledger.enter({self.source(1): self.outcomes(12)})
        assert ledger.enter({self.source(1): self.outcomes(10)})[ECHO].calls == 12
        assert ledger.enter({self.source(1): self.outcomes(13)})[ECHO].calls == 13

    @given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 50)), max_size=60))
    def test_totals_never_fall_whoever_comes_and_goes(self, rounds: list[tuple[int, int]]) -> None:
        ledger, served, before = Ledger(), dict.fromkeys(range(401), 0), 0
        for pid, more in rounds:
            served[pid] += more
            totals = ledger.enter({self.source(pid): self.outcomes(served[pid])})
            assert totals[ECHO].calls == sum(served.values()) >= before
            before = totals[ECHO].calls

    def test_what_is_kept_of_processes_long_gone_is_bounded(self) -> None:
        ledger = Ledger()
        for pid in range(2_000):
            totals = ledger.enter({self.source(pid): self.outcomes(2)})
        assert totals[ECHO].calls == 4_000
        assert len(ledger._last) == 1_024


class TestProcesses:
    def test_a_process_counts_with_its_children_but_without_other_roots(self) -> None:
        code = "import subprocess, sys; b = b'x' * 50_000_000; subprocess.run([sys.executable, '-c', sys.argv[1]])"
        inner = "import sys; b = b'x' * 50_000_000; print('up', flush=True); sys.stdin.read()"
        child = subprocess.Popen(
            [sys.executable, "-c", code, inner], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "up\n"
            child_root, own = Root("a", "a-0", child.pid), Root("mesh", "mesh", os.getpid())
            both = {usage.root: usage.memory for usage in Processes().look([child_root, own])}
            alone = {usage.root: usage.memory for usage in Processes().look([own])}
        finally:
            child.communicate("")
        assert both[child_root] > 100_000_000
        assert alone[own] > both[own] + 90_000_000

    def test_processor_time_is_told_from_look_to_look(self) -> None:
        processes, root = Processes(), Root("mesh", "mesh", os.getpid())
        assert processes.look([root])[0].cpu == 0
        until = time.process_time() + 0.1
        while time.process_time() < until:
            pass
        assert 0 < processes.look([root])[0].cpu < 20

    def test_a_process_that_is_gone_is_left_out(self) -> None:
        done = subprocess.Popen([sys.executable, "-c", ""])
        done.wait()
        assert Processes().look([Root("a", "a-0", done.pid)]) == []


class TestWatch:
    async def test_the_first_figures_come_within_a_second_and_hold_what_was_added(self) -> None:
        replica = Replica()
        replica.served(5)
        async with replica.told() as source:
            looked: list[None] = []

            def roots() -> list[Root]:
                if not looked:  # asked for the first time right after the replicas were
                    replica.served(4, grpc.StatusCode.UNAVAILABLE)
                looked.append(None)
                return [Root("echo", "echo-0", os.getpid())]

            watch = Figures(SimpleNamespace(sources=lambda: [source], roots=roots)).watch(60.0)
            reading = await asyncio.wait_for(anext(watch), 5)
            await watch.aclose()
        (method,) = reading.methods
        assert (method.series, method.total) == (ECHO, 9)
        assert (method.period.calls, method.period.failures) == (4, 4)
        ((usage, running),) = reading.processes
        assert (usage.root.replica, running) == ("echo-0", 0)

    def test_it_is_told_in_the_words_of_the_contract(self) -> None:
        period = Sample(8, 2, {1.0: 0, 2.0: 4, 4.0: 8, math.inf: 8})
        usage = Usage(Root("echo", "echo-0", 1), 0.5, 1_000)
        quiet = MethodFigures(ECHO._replace(caller="echo"), Sample(), 3)
        reading = Reading(
            datetime(2026, 5, 4, tzinfo=UTC), 2.0, (MethodFigures(ECHO, period, 100), quiet), ((usage, 7),)
        )
        message = reading_to_proto(reading)
        one, other = message.methods
        assert (one.rate, one.error_ratio, one.total) == (4.0, 0.25, 100)
        assert one.p50.ToMicroseconds() == 2_000
        assert one.p95.ToMicroseconds() == pytest.approx(3_800, abs=1)
        assert (other.rate, other.HasField("p50"), other.total) == (0.0, False, 3)
        (process,) = message.processes
        assert (process.cpu, process.memory_bytes, process.running_calls) == (0.5, 1_000, 7)
