"""A real Envoy's counters, as the judge reads them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from services.mesh.figures.envoy import cluster_samples
from services.mesh.judge import Judge, Plan, Sample, Verdict
from services.mesh.render.clusters import canary
from services.mesh.traffic import Split
from tests.support.envoy_process import Alone, alone
from tests.support.mesh_process import wait_until

pytestmark = pytest.mark.e2e

ECHO = "/malha.testing.v1.EchoService/Echo"
COLLECT = "/malha.testing.v1.EchoService/Collect"
VERSION = "2.0.0"
CANARY = canary("echo")
TO_CANARY = (("x-malha-version", VERSION),)


@pytest.fixture(scope="module")
def envoy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    """Envoy with one backend of its own, and one as the canary, which gets the calls that ask for it."""
    with alone(tmp_path_factory.mktemp("envoy") / "state") as running:
        old, new = running.backend("echo", "echo-0"), running.backend("echo", "echo-1")
        running.publish("echo", old)
        running.publish(CANARY, new)
        running.split({"echo": Split(VERSION, 0)})
        running.wait_healthy("echo", 1)
        running.wait_healthy(CANARY, 1)
        yield running


@pytest.fixture
def channel(envoy: Alone) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(f"127.0.0.1:{envoy.edge.plaintext_port}") as channel:
        wait_until(lambda: _call(channel, metadata=TO_CANARY) is grpc.StatusCode.OK, 10, "the canary answers")
        yield channel


def test_calls_failures_and_durations_are_counted_by_cluster(envoy: Alone, channel: grpc.Channel) -> None:
    wait_until(lambda: _samples(envoy)[CANARY].timed == _samples(envoy)[CANARY].calls, 5, "earlier calls are flushed")
    before, retried = _samples(envoy), envoy.stat(f"cluster.{CANARY}.upstream_rq_retry")
    for _ in range(5):
        _call(channel, metadata=TO_CANARY)
    _call(channel, metadata=(*TO_CANARY, ("delay", "0.05")))
    for code in (5, 3):  # the caller's fault
        _call(channel, metadata=(*TO_CANARY, ("fail", str(code))))
    for code in (2, 8, 13):  # the server's
        _call(channel, metadata=(*TO_CANARY, ("fail", str(code))))
    added = _added(envoy, before, CANARY, 11)
    # On a busy machine Envoy may have tried a late call once more, and counts that, too.
    again = envoy.stat(f"cluster.{CANARY}.upstream_rq_retry") - retried
    assert (added.calls - again, added.failures - again, added.timed) == (11, 3, 11)
    assert added.slower_than(48) == 1
    assert added.slower_than(85) == 0
    assert _samples(envoy)["echo"] == before["echo"]


def test_an_attempt_that_was_repeated_is_a_failure_of_its_own(envoy: Alone, channel: grpc.Channel) -> None:
    before = _samples(envoy)
    assert _call(channel, metadata=(*TO_CANARY, ("fail", "14"))) is grpc.StatusCode.UNAVAILABLE
    wait_until(lambda: _samples(envoy)[CANARY].calls > before[CANARY].calls, 5, "it was counted")
    added = _samples(envoy)[CANARY].since(before[CANARY])
    assert added.failures == added.calls > 1


def test_a_call_that_is_never_answered_is_a_failure_once_its_caller_gave_up(
    envoy: Alone, channel: grpc.Channel
) -> None:
    before = _samples(envoy)
    stream = channel.stream_unary(COLLECT)
    with pytest.raises(grpc.RpcError) as caught:
        stream(iter([b""]), metadata=(*TO_CANARY, ("delay", "2")), timeout=0.3)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    wait_until(lambda: _samples(envoy)[CANARY].failures > before[CANARY].failures, 5, "it was counted")
    added = _samples(envoy)[CANARY].since(before[CANARY])
    assert (added.calls, added.failures) == (1, 1)


def test_a_cluster_that_was_not_called_has_counted_nothing(envoy: Alone) -> None:
    assert _samples(envoy, "analysis")["analysis"] == Sample()


async def test_an_envoy_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"admin\.sock|No such file"):
        await cluster_samples(tmp_path, ["echo"])


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ((("delay", "0.1"),), Verdict.FAILED_LATENCY),
        ((("fail", "13"),), Verdict.FAILED_ERRORS),
        ((), Verdict.PASSED),
    ],
    ids=["slow", "failing", "as good"],
)
def test_the_judge_tells_them_apart_by_these_figures(
    envoy: Alone, channel: grpc.Channel, asked: tuple[tuple[str, str], ...], expected: Verdict
) -> None:
    """60 calls a second to the canary and 180 to the baseline, which takes 4 ms; a failing canary fails one in 20.

    A slow one takes 100 ms: on a busy machine the baseline's calls take some 10 ms more, which must not hide it.
    """
    judge, stop, began = Judge(Plan(min_seconds=6, max_seconds=60)), threading.Event(), time.monotonic()
    usual = (("delay", "0.004"),)

    def load() -> None:
        under_way: deque[grpc.Future] = deque()
        for number in range(100_000):
            if stop.wait(max(0.0, began + number / 60 - time.monotonic())):
                return
            bad = asked if expected is not Verdict.FAILED_ERRORS or number % 20 == 0 else ()
            under_way.append(_start(channel, metadata=(*TO_CANARY, *(bad or usual))))
            under_way += [_start(channel, metadata=usual, version=False) for _ in range(3)]
            while len(under_way) > 100:
                under_way.popleft().code()

    thread = threading.Thread(target=load)
    thread.start()
    try:
        while True:
            samples = _samples(envoy)
            verdict = judge.observe(samples[CANARY], samples["echo"], time.monotonic() - began)
            if verdict is not Verdict.CONTINUE:
                break
            time.sleep(0.5)
    finally:
        stop.set()
        thread.join()
    assert verdict is expected, judge.evidence
    assert time.monotonic() - began < 40


def _start(channel: grpc.Channel, metadata: tuple[tuple[str, str], ...], version: bool = True) -> grpc.Future:
    if not version:
        metadata = tuple(pair for pair in metadata if pair not in TO_CANARY)
    return channel.unary_unary(ECHO).future(b"", metadata=metadata, timeout=5)


def _call(channel: grpc.Channel, metadata: tuple[tuple[str, str], ...]) -> grpc.StatusCode:
    return _start(channel, metadata).code()


def _samples(envoy: Alone, *names: str) -> dict[str, Sample]:
    return asyncio.run(cluster_samples(envoy.root / "envoy", names or ("echo", CANARY)))


def _added(envoy: Alone, before: dict[str, Sample], cluster: str, calls: int) -> Sample:
    """What a cluster has counted since, when it has counted that many calls and their durations."""

    def added() -> Sample:
        return _samples(envoy)[cluster].since(before[cluster])

    wait_until(lambda: added().calls >= calls and added().timed >= calls, 5, f"{calls} calls are counted")
    return added()
