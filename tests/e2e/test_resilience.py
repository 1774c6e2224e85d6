"""Whatever happens to the mesh, no call fails, and what changes something is done once.

`MALHA_TEST_LOAD_SECONDS` is how long each scenario takes at least, `MALHA_TEST_LOAD_RATE` how many calls a second there
are. The defaults keep the run short; the acceptance takes 60 seconds at 300 calls a second.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from typing import Any

import grpc
import httpx
import psutil
import pytest
from malha.service_config import channel_options
from malha.testing.v1 import echo_service_pb2 as pb
from malha.testing.v1.echo_service_pb2_grpc import EchoServiceStub

from services.mesh.supervisor.envoy import admin
from services.runtime import affinity
from tests.support.load import load
from tests.support.load_calls import SERVICES
from tests.support.mesh_process import Mesh, mesh, wait_until
from tests.support.scenarios import PROFILE, REPLICAS, SCENARIOS, Scenario

SECONDS = float(os.environ.get("MALHA_TEST_LOAD_SECONDS", "5"))
RATE = float(os.environ.get("MALHA_TEST_LOAD_RATE", "100"))


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """A mesh that things happen to, and whose certificates are renewed every twenty seconds meanwhile."""
    state = tmp_path_factory.mktemp("used") / "state"
    with mesh(state, *PROFILE, MALHA_CERTIFICATE_SECONDS="30") as started:
        yield started


@pytest.mark.timeout(180 + 4 * SECONDS)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_no_call_fails_and_each_mutation_is_applied_once(used: Mesh, scenario: Scenario) -> None:
    report = scenario.run(used, SECONDS, RATE)
    assert not report.failed, report.told
    assert report.acknowledged == report.changes == report.value, report.told
    assert report.acknowledged > 0


def test_a_database_that_is_killed_loses_no_change_that_was_acknowledged(used: Mesh) -> None:
    wait_until(lambda: used.run("status").returncode == 0, 60, "the mesh is ready")
    with load(used, mix="ECHO_MIX", rate=RATE) as running:
        running.wait(1)
        (server,) = used.component("postgres")["replicas"]
        os.kill(server["pid"], signal.SIGKILL)
        wait_until(lambda: _replaced(used, "postgres", server["pid"]), 60, "PostgreSQL is back")
        running.wait(running.elapsed + 2)
        report = running.report()
    assert set(report.failed) <= {"increment"}, report.told
    assert report.acknowledged <= report.changes <= report.acknowledged + report.failed.get("increment", 0), report.told
    assert report.value == report.changes


def _replaced(used: Mesh, component: str, former: int) -> bool:
    entry = used.component(component)
    return bool(entry["ready"]) and former not in [replica["pid"] for replica in entry["replicas"]]


@pytest.fixture(scope="module")
def echo(used: Mesh) -> Iterator[Any]:
    """The echo service through the edge, with the repetitions that the contracts allow."""
    credentials = grpc.ssl_channel_credentials(used.ca.read_bytes())
    with grpc.secure_channel(used.edge, credentials, channel_options(SERVICES)) as channel:
        yield EchoServiceStub(channel)


def _attempts(used: Mesh, method: str) -> int:
    """How often replicas were called for one method of the echo service, and how often again."""
    _, body = asyncio.run(admin(used.state / "envoy", "GET", "/stats?filter=cluster.echo"))
    counts = dict(line.split(": ", 1) for line in body.splitlines() if ": " in line)
    ended = counts.get(f"cluster.echo.grpc.malha.testing.v1.EchoService.{method}.total", "0")
    return int(ended) + int(counts.get("cluster.echo.upstream_rq_retry", "0"))


def _fail(code: grpc.StatusCode) -> pb.Behaviour:
    return pb.Behaviour(fail_code=code.value[0])


def test_an_overload_is_repeated_neither_by_the_client_nor_by_the_edge(used: Mesh, echo: Any) -> None:
    before = _attempts(used, "Echo")
    for _ in range(10):
        with pytest.raises(grpc.RpcError) as caught:
            echo.Echo(pb.EchoRequest(behaviour=_fail(grpc.StatusCode.RESOURCE_EXHAUSTED)), timeout=5)
        failed: Any = caught.value
        assert failed.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    with httpx.Client(base_url=f"http://{used.plaintext}") as rest:
        assert rest.post("/v1/echo", json={"behaviour": {"failCode": 8}}).status_code == 429
    wait_until(lambda: _attempts(used, "Echo") >= before + 11, 5, "Envoy has counted the calls")
    assert _attempts(used, "Echo") == before + 11


def test_the_last_of_many_hops_is_called_no_more_often_than_the_last_of_one(used: Mesh, echo: Any) -> None:
    def attempts(hops: int) -> int:
        before = _attempts(used, "DescribeCall")
        with pytest.raises(grpc.RpcError) as caught:
            echo.Relay(pb.RelayRequest(hops=hops, behaviour=_fail(grpc.StatusCode.UNAVAILABLE)), timeout=5)
        failed: Any = caught.value
        assert failed.code() is grpc.StatusCode.UNAVAILABLE
        return _attempts(used, "DescribeCall") - before

    one = attempts(1)
    assert one > 1, "where the call begins it is repeated"
    assert attempts(4) <= one


def test_an_old_answer_serves_while_the_database_is_frozen(used: Mesh, echo: Any) -> None:
    def ask() -> tuple[pb.EchoCachedResponse, dict[str, str]]:
        answer, call = echo.EchoCached.with_call(pb.EchoCachedRequest(message="kept"), timeout=5)
        return answer, dict(call.trailing_metadata())

    first, trailers = ask()
    assert "x-malha-stale" not in trailers
    (server,) = used.component("postgres")["replicas"]
    processes = [psutil.Process(server["pid"]), *psutil.Process(server["pid"]).children()]
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    try:
        wait_until(lambda: "x-malha-stale" in ask()[1], 10, "the answer is too old")
        assert ask()[0].make_time.seconds >= first.make_time.seconds
    finally:
        for process in processes:
            if process.is_running():
                process.send_signal(signal.SIGCONT)
    wait_until(lambda: "x-malha-stale" not in ask()[1], 20, "answers are made again")


@pytest.mark.skipif(not 1 < len(affinity.available()) <= REPLICAS, reason=f"needs 2 to {REPLICAS} processors")
def test_replicas_share_the_processors_until_one_is_left_alone(used: Mesh) -> None:
    own = os.sched_getaffinity(0)

    def kept() -> list[set[int]]:
        return [os.sched_getaffinity(replica["pid"]) for replica in used.component("echo")["replicas"]]

    # What the scenarios left: replicas that came one by one, and whose numbers say nothing.
    assert [len(each) for each in kept()] == [1] * REPLICAS
    assert set().union(*kept()) == own
    assert used.run("scale", "echo", "1").returncode == 0
    try:
        assert kept() == [own]
    finally:
        assert used.run("scale", "echo", str(REPLICAS)).returncode == 0
    assert set().union(*kept()) == own
