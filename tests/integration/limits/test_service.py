"""The limiter as a process: decisions over gRPC on a real Redis that freezes, dies and comes late."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from malha.limits.v1.decision_pb2 import DecideRequest, DecideResponse

from tests.support.mesh_process import wait_until
from tests.support.ports import free_port
from tests.support.programs import RedisProgram

ROOT = Path(__file__).parents[3]
PATH = "/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit"
POLICY = """\
users: {free: 10/min, pro: 100/min}
anonymous: 20/min
global: 1_000_000/s
edge: {floor: 5/s, development_floor: 6/s, entrance: 7/min}
"""


@dataclass
class Limiter:
    """A running limiter."""

    channel: grpc.Channel
    metrics: str
    policy: Path

    def decide(self, user: str, tier: str = "free", timeout: float = 5.0) -> DecideResponse:
        """One decision about a user."""
        request = DecideRequest(domain="malha")
        named = request.descriptors.add()
        for key, value in (("limited", "yes"), ("tenant", "t"), ("user", user), ("tier", tier)):
            named.entries.add(key=key, value=value)
        request.descriptors.add().entries.add(key="everyone", value="all")
        call = self.channel.unary_unary(PATH, DecideRequest.SerializeToString, DecideResponse.FromString)
        answer: DecideResponse = call(request, timeout=timeout, wait_for_ready=True)
        return answer

    def allows(self, user: str, tier: str = "free") -> bool:
        """Whether a call may go on; raises when nobody knows."""
        return self.decide(user, tier).overall_code == DecideResponse.CODE_OK

    def knows(self, user: str) -> bool:
        """Whether it can decide now."""
        try:
            self.decide(user)
        except grpc.RpcError as error:
            assert error.code() is grpc.StatusCode.UNAVAILABLE
            return False
        return True

    def figure(self, name: str) -> float:
        """A figure of its page; 0 where it is not there."""
        lines = httpx.get(f"http://{self.metrics}/metrics").text.splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(name)), 0.0)


@contextmanager
def running(folder: Path, redis_url: str) -> Iterator[Limiter]:
    """A limiter with a policy file of its own."""
    folder.mkdir(exist_ok=True)
    secret, policy = folder / "redis-url", folder / "limits.yaml"
    secret.write_text(redis_url)
    policy.write_text(POLICY)
    port, metrics = free_port(), f"127.0.0.1:{free_port()}"
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("MALHA_")},
        "MALHA_COMPONENT": "limits", "MALHA_REPLICA": "limits-0", "MALHA_LISTEN": f"127.0.0.1:{port}",
        "MALHA_METRICS_LISTEN": metrics, "MALHA_REDIS_URL_FILE": str(secret), "MALHA_LIMITS_FILE": str(policy),
        "MALHA_STATE_DIR": str(folder), "MALHA_DRAIN_SECONDS": "0",
    }  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.limits", "serve"], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    options = [("grpc.use_local_subchannel_pool", 1), ("grpc.initial_reconnect_backoff_ms", 50)]
    with grpc.insecure_channel(f"127.0.0.1:{port}", options) as channel:
        try:
            grpc.channel_ready_future(channel).result(30)
            yield Limiter(channel, metrics, policy)
        finally:
            process.terminate()
            process.wait(15)


@pytest.fixture(scope="module")
def limiter(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Limiter]:
    with running(tmp_path_factory.mktemp("limiter"), redis_url) as started:
        yield started


def test_concurrent_callers_get_the_limit_to_the_call(limiter: Limiter) -> None:
    with ThreadPoolExecutor(32) as callers:
        assert sum(callers.map(lambda _: limiter.allows("users/many", "pro"), range(400))) == 100


def test_the_answer_has_a_status_for_each_descriptor(limiter: Limiter) -> None:
    answer = limiter.decide("users/statuses")
    assert [status.current_limit.name for status in answer.statuses] == ["free", "global"]
    assert answer.statuses[0].limit_remaining == 9
    assert {header.key for header in answer.response_headers_to_add} == {"ratelimit", "ratelimit-policy"}


def test_health_is_told_as_the_mesh_asks_for_it(limiter: Limiter) -> None:
    health: Any = health_pb2_grpc.HealthStub(limiter.channel)
    serving = health_pb2.HealthCheckResponse.SERVING
    for name in ("", "envoy.service.ratelimit.v3.RateLimitService", "redis", "policy"):
        wait_until(
            lambda name=name: health.Check(health_pb2.HealthCheckRequest(service=name), timeout=5).status == serving,
            5,
            f"{name} is well",
        )
    assert "redis" in health.List(health_pb2.HealthListRequest(), timeout=5).statuses
    with pytest.raises(grpc.RpcError) as raised:
        health.Check(health_pb2.HealthCheckRequest(service="nothing"), timeout=5)
    assert raised.value.code() is grpc.StatusCode.NOT_FOUND
    with pytest.raises(grpc.RpcError) as raised:
        next(health.Watch(health_pb2.HealthCheckRequest(), timeout=5))
    assert raised.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_decisions_are_in_the_figures_of_every_server(limiter: Limiter) -> None:
    names = (
        'grpc_server_handled_total{caller="",grpc_code="OK",grpc_method="ShouldRateLimit"',
        'grpc_server_handling_seconds_count{caller="",grpc_method="ShouldRateLimit"',
        'malha_limits_decisions_total{limit="pro",outcome="allowed"}',
    )
    before = [limiter.figure(name) for name in names]
    assert limiter.allows("users/figures", "pro")
    assert [limiter.figure(name) for name in names] == [count + 1 for count in before]


def test_what_is_no_question_is_refused_with_a_reason(limiter: Limiter) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        limiter.channel.unary_unary(PATH)(b"\xff\xff", timeout=5)
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert raised.value.details() == "the request is not a readable message of this method"


def test_a_new_policy_holds_at_once_for_what_was_used_before(limiter: Limiter) -> None:
    assert [limiter.allows("users/reload") for _ in range(11)] == [True] * 10 + [False]
    limiter.policy.write_text(POLICY.replace("free: 10/min", "free: 15/min"))
    wait_until(
        lambda: limiter.decide("users/probe").statuses[0].current_limit.requests_per_unit == 15,
        5,
        "the new policy holds",
    )
    assert [limiter.allows("users/reload") for _ in range(6)] == [True] * 5 + [False]
    limiter.policy.write_text("users: none")
    wait_until(lambda: limiter.figure("malha_limits_policy_rejected") == 1.0, 5, "the figure follows the file")
    assert not limiter.allows("users/reload")
    limiter.policy.write_text(POLICY)
    wait_until(lambda: limiter.figure("malha_limits_policy_rejected") == 0.0, 5, "the figure follows the file")


def test_a_restart_of_the_limiter_forgets_nothing(tmp_path: Path, redis_url: str) -> None:
    with running(tmp_path / "one", redis_url) as first:
        assert [first.allows("users/restart") for _ in range(7)] == [True] * 7
    with running(tmp_path / "two", redis_url) as second:
        assert [second.allows("users/restart") for _ in range(4)] == [True] * 3 + [False]


def test_a_frozen_redis_is_told_within_the_bound_and_counted(tmp_path: Path, own_redis: RedisProgram) -> None:
    with running(tmp_path / "limiter", own_redis.url) as limiter:
        assert limiter.knows("users/frozen")
        own_redis.process.send_signal(signal.SIGSTOP)
        try:
            times = []
            for _ in range(50):
                began = time.perf_counter()
                assert not limiter.knows("users/frozen")
                times.append(time.perf_counter() - began)
            # The first three wait; then nobody does, but for one every half second.
            assert sorted(times)[25] < 0.05
            assert limiter.figure('malha_limits_decisions_total{limit="free",outcome="undecided"}') == 50
        finally:
            own_redis.process.send_signal(signal.SIGCONT)
        wait_until(lambda: limiter.knows("users/thawed"), 5, "redis is asked again")


def test_it_starts_without_redis_and_decides_when_it_is_there(tmp_path: Path, own_redis: RedisProgram) -> None:
    own_redis.process.send_signal(signal.SIGSTOP)
    try:
        with running(tmp_path / "limiter", own_redis.url) as limiter:
            assert not limiter.knows("users/late")
            own_redis.process.send_signal(signal.SIGCONT)
            wait_until(lambda: limiter.knows("users/late"), 5, "redis is asked again")
    finally:
        own_redis.process.send_signal(signal.SIGCONT)
