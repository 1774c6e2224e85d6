"""What the edge holds by itself: with Redis frozen, without a limiter, and against one address that calls too often."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import grpc
import httpx
import pytest
from google.rpc import error_details_pb2, status_pb2

from tests.support.limited_edge import DESCRIBE, DESCRIBE_REST, limited_edge

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.limited_edge import LimitedEdge
    from tests.support.programs import RedisProgram

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("limits")]

TOKEN_PATH = "/malha.identity.v1.OAuthService/Token"
KEYS_PATH = "/malha.identity.v1.OAuthService/GetJsonWebKeySet"
POLICY = """\
users: {free: 10/min, pro: 100/min, enterprise: 1_000/min}
anonymous: 20/min
global: 1_000/s
edge: {floor: 1/s, development_floor: FLOOR, entrance: 5/min}
"""
CALLS = 200


@pytest.fixture
def edge(tmp_path: Path, own_redis: RedisProgram) -> Iterator[LimitedEdge]:
    policy = tmp_path / "limits.yaml"
    policy.write_text(POLICY.replace("FLOOR", "100_000/s"))
    with limited_edge(tmp_path / "edge", own_redis.url, policy) as running:
        yield running


def _milliseconds(edge: LimitedEdge, token: str) -> list[float]:
    """How long each of some calls takes, all of which must go well."""
    times, metadata = [], [("authorization", f"Bearer {token}")]
    with grpc.insecure_channel(edge.target) as channel:
        call = channel.unary_unary(DESCRIBE)
        for _ in range(CALLS):
            began = time.perf_counter()
            call(b"", timeout=5, metadata=metadata)
            times.append((time.perf_counter() - began) * 1000)
    return sorted(times)


def test_with_redis_frozen_calls_go_on_soon_and_who_wants_a_token_meets_the_entrance(
    edge: LimitedEdge, own_redis: RedisProgram
) -> None:
    calm = _milliseconds(edge, edge.issuer.token("users/calm", "enterprise"))
    own_redis.process.send_signal(signal.SIGSTOP)
    try:
        # Far more than the tier: reads are open.
        frozen = _milliseconds(edge, edge.issuer.token("users/frozen", "free"))
        assert edge.undecided() >= CALLS
        # The median: what one call in a hundred waits beside other tests is measured by the benchmark.
        assert frozen[CALLS // 2] - calm[CALLS // 2] < 60
        # The token endpoint is closed to a bucket of Envoy's own, whatever token it is asked with.
        assert edge.allowed(9, None, TOKEN_PATH) == 5
        assert edge.allowed(3, edge.issuer.token("users/frozen", "free"), TOKEN_PATH) == 0
        # Without the keys nobody could be let in at all.
        assert edge.allowed(30, None, KEYS_PATH) == 30
    finally:
        own_redis.process.send_signal(signal.SIGCONT)


def test_without_a_limiter_calls_go_on_at_once(edge: LimitedEdge) -> None:
    edge.limiter.kill()
    edge.envoy.publish("limits")
    edge.envoy.wait_healthy("limits", 0)
    times = _milliseconds(edge, edge.issuer.token("users/nobody", "free"))
    assert times[CALLS // 2] < 50
    assert edge.allowed(9, None, TOKEN_PATH) == 5


def test_an_address_that_calls_too_often_is_stopped_before_its_token_is_looked_at(
    tmp_path: Path, own_redis: RedisProgram
) -> None:
    policy = tmp_path / "limits.yaml"
    policy.write_text(POLICY.replace("FLOOR", "20/h"))
    with limited_edge(tmp_path / "edge", own_redis.url, policy) as edge:
        found = edge.outcomes(40, "no token at all")
        assert found.count(grpc.StatusCode.RESOURCE_EXHAUSTED) == 20
        answer = httpx.get(f"http://{edge.target}{DESCRIBE_REST}")
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
        error = answer.json()["error"]
        assert (error["status"], error["message"]) == ("RESOURCE_EXHAUSTED", "too many calls from this address")
        assert error["details"][0]["metadata"] == {"limit": "address", "request_id": answer.headers["x-request-id"]}
        with grpc.insecure_channel(edge.target) as channel, pytest.raises(grpc.RpcError) as caught:
            channel.unary_unary(DESCRIBE)(b"", timeout=5)
        trailers = {**dict(caught.value.initial_metadata()), **dict(caught.value.trailing_metadata())}
        status = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
        assert (status.code, status.message) == (8, caught.value.details())
        info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
        assert status.details[0].Unpack(info) and status.details[1].Unpack(retry)
        assert (info.reason, info.metadata["limit"], retry.retry_delay.seconds) == ("RATE_LIMITED", "address", 1)
