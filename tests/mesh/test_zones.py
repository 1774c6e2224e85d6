"""Where a call goes: the caller's zone first, the other when that dies; the canary by share and by name; and away from
whoever is frozen or dead, without a failed call."""

from __future__ import annotations

import threading
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from services.mesh.render.clusters import canary
from services.mesh.traffic import Split
from tests.support.attacks import ECHO, until
from tests.support.envoy_process import Alone, alone

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("zones")]

REPEAT = "/malha.testing.v1.EchoService/Repeat"
COLLECT = "/malha.testing.v1.EchoService/Collect"
INCREMENT = "/malha.testing.v1.CounterService/IncrementCounter"


@pytest.fixture
def mesh(tmp_path: pytest.TempPathFactory) -> Iterator[Alone]:
    """Envoy, in zone a."""
    with alone(tmp_path / "state", "echo", zone="a") as running:  # type: ignore[operator]
        yield running


def _where(channel: grpc.Channel, path: str = ECHO, timeout: float = 5, **metadata: str) -> str:
    """Who served one call; raises grpc.RpcError when nobody did."""
    call = channel.stream_stream(path)  # type: ignore[arg-type]
    running = call(iter([b""]), timeout=timeout, metadata=tuple(metadata.items()))
    list(running)
    return str(dict(running.trailing_metadata())["served-by"])


@contextmanager
def _channel(mesh: Alone) -> Iterator[grpc.Channel]:
    options = [("grpc.enable_retries", 0), ("grpc.use_local_subchannel_pool", 1)]
    with grpc.insecure_channel(f"127.0.0.1:{mesh.edge.plaintext_port}", options) as channel:
        yield channel


def _spread(mesh: Alone, calls: int, **metadata: str) -> Counter[str]:
    with _channel(mesh) as channel:
        return Counter(_where(channel, **metadata) for _ in range(calls))


class Callers:
    """Several clients that call all the time, without retries of their own."""

    def __init__(self, mesh: Alone, path: str = ECHO, count: int = 8) -> None:
        self._mesh = mesh
        self._path = path
        self._over = threading.Event()
        self.failures: list[str] = []
        self.served: Counter[str] = Counter()
        self.slowest = 0.0
        self._threads = [threading.Thread(target=self._work) for _ in range(count)]

    def _work(self) -> None:
        with _channel(self._mesh) as channel:
            while not self._over.wait(0.02):
                began = time.monotonic()
                try:
                    self.served[_where(channel, self._path)] += 1
                except grpc.RpcError as error:
                    failed: Any = error
                    self.failures.append(f"{failed.code()} {failed.details()}")
                self.slowest = max(self.slowest, time.monotonic() - began)

    def __enter__(self) -> Callers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()


def test_calls_stay_in_envoys_zone_until_it_dies_and_come_back(mesh: Alone) -> None:
    here = [mesh.backend("echo", f"a-{number}", "a") for number in range(2)]
    there = [mesh.backend("echo", f"b-{number}", "b") for number in range(2)]
    mesh.publish("echo", *here, *there)
    mesh.wait_healthy("echo", 4)
    until(lambda: set(_spread(mesh, 60)) == {"a-0", "a-1"}, 10)
    with Callers(mesh) as callers:
        for backend in here:
            backend.kill()
        until(lambda: callers.served["b-0"] > 100 and callers.served["b-1"] > 100, 20)
    assert not callers.failures, callers.failures[:3]
    assert set(_spread(mesh, 40)) == {"b-0", "b-1"}
    again = mesh.backend("echo", "a-2", "a")
    mesh.publish("echo", again, *there)
    mesh.wait_healthy("echo", 3)
    until(lambda: set(_spread(mesh, 40)) == {"a-2"}, 5)


def test_without_endpoints_at_home_another_zone_serves(mesh: Alone) -> None:
    mesh.publish("echo", mesh.backend("echo", "b-0", "b"))
    mesh.wait_healthy("echo", 1)
    assert set(_spread(mesh, 10)) == {"b-0"}


def test_a_canary_gets_its_share_and_whoever_names_it(mesh: Alone) -> None:
    mesh.publish("echo", mesh.backend("echo", "old", "a"))
    mesh.publish(canary("echo"), mesh.backend("echo", "new", "a"))
    mesh.wait_healthy("echo", 1)
    mesh.wait_healthy(canary("echo"), 1)
    assert set(_spread(mesh, 50)) == {"old"}
    assert set(_spread(mesh, 10, **{"x-malha-version": "2.0.0"})) == {"old"}, "nobody is on trial"

    mesh.split({"echo": Split("2.0.0", 20)})
    until(lambda: "new" in _spread(mesh, 20), 10)
    share = _spread(mesh, 500)["new"] / 500
    assert 0.1 < share < 0.32, share
    assert set(_spread(mesh, 30, **{"x-malha-version": "2.0.0"})) == {"new"}
    assert "old" in _spread(mesh, 100, **{"x-malha-version": "1.0.0"}), "a version that is not on trial is no wish"
    with mesh.inner("echo") as channel:
        assert _where(channel, **{"x-malha-version": "2.0.0"}) == "new"

    mesh.split({"echo": Split("2.0.0", 0)})
    until(lambda: "new" not in _spread(mesh, 40), 10)
    assert set(_spread(mesh, 5, **{"x-malha-version": "2.0.0"})) == {"new"}
    mesh.split({})
    until(lambda: "new" not in _spread(mesh, 20, **{"x-malha-version": "2.0.0"}), 10)


@pytest.mark.parametrize("path", [ECHO, REPEAT, INCREMENT])
def test_a_frozen_replica_costs_no_call_that_may_be_repeated(mesh: Alone, path: str) -> None:
    members = [mesh.backend("echo", f"a-{number}", "a") for number in range(3)]
    mesh.publish("echo", *members)
    mesh.wait_healthy("echo", 3)
    with Callers(mesh, path) as callers:
        until(lambda: callers.served["a-0"] > 20, 20)
        members[0].freeze()
        ejected = mesh.wait_healthy("echo", 2, 10)
        before = callers.served.total()
        until(lambda: callers.served.total() > before + 400, 20)
        members[0].thaw()
        mesh.wait_healthy("echo", 3)
    assert not callers.failures, callers.failures[:3]
    assert ejected < 3.0, "two silent timeouts, and what a busy machine adds"
    assert callers.slowest < 4.5, callers.slowest


@pytest.mark.parametrize("path", [ECHO, INCREMENT, REPEAT])
def test_a_killed_replica_costs_no_call_that_may_be_repeated(mesh: Alone, path: str) -> None:
    members = [mesh.backend("echo", f"a-{number}", "a") for number in range(3)]
    mesh.publish("echo", *members)
    mesh.wait_healthy("echo", 3)
    with Callers(mesh, path) as callers:
        until(lambda: callers.served["a-0"] > 20, 20)
        members[0].kill()
        before = callers.served.total()
        until(lambda: callers.served.total() > before + 400, 20)
    assert not callers.failures, callers.failures[:3]


@pytest.mark.parametrize(("path", "code", "tries"), [
    (ECHO, grpc.StatusCode.UNAVAILABLE, 3),
    (REPEAT, grpc.StatusCode.UNAVAILABLE, 3),
    (INCREMENT, grpc.StatusCode.UNAVAILABLE, 3),
    (COLLECT, grpc.StatusCode.UNAVAILABLE, 1),
    (ECHO, grpc.StatusCode.RESOURCE_EXHAUSTED, 1),
    (ECHO, grpc.StatusCode.INTERNAL, 1),
])  # fmt: skip
def test_only_unavailable_is_repeated_and_only_where_the_contract_says_so(
    mesh: Alone, path: str, code: grpc.StatusCode, tries: int
) -> None:
    mesh.publish("echo", mesh.backend("echo", "a-0", "a"), mesh.backend("echo", "a-1", "a"))
    mesh.wait_healthy("echo", 2)
    with _channel(mesh) as channel, pytest.raises(grpc.RpcError) as caught:
        _where(channel, path, fail=str(code.value[0]))
    failed: Any = caught.value
    assert failed.code() is code
    assert mesh.stat("cluster.echo.upstream_rq_total") == tries


def test_a_slow_answer_is_waited_for_beside_a_second_try(mesh: Alone) -> None:
    mesh.publish("echo", mesh.backend("echo", "a-0", "a"), mesh.backend("echo", "a-1", "a"))
    mesh.wait_healthy("echo", 2)
    with _channel(mesh) as channel:
        assert _where(channel, delay="2.5")
    assert mesh.stat("cluster.echo.upstream_rq_retry") == 1
    assert mesh.stat("cluster.echo.membership_healthy") == 2, "slow is not broken"
