"""What a caller notices of Redis standing still."""

from __future__ import annotations

import signal
import tempfile
import time
from pathlib import Path

import grpc

from bench.report import Section, quantile
from tests.support.limited_edge import DESCRIBE, LimitedEdge, limited_edge
from tests.support.programs import running_redis

_CALLS = 1_000
_POLICY = """\
users: {free: 10_000_000/min, pro: 10_000_000/min, enterprise: 10_000_000/min}
anonymous: 20/min
global: 10_000_000/s
edge: {floor: 100_000/s, development_floor: 100_000/s, entrance: 5/min}
"""


def frozen() -> Section:
    """Measure calls through the edge before and after Redis is stopped where it is."""
    section = Section(
        "Redis stands still",
        f"{_CALLS:,} calls of one sync client, one after another, through a guarded edge in plaintext whose limiter "
        "asks Redis about each: with Redis as it should be, and after SIGSTOP. Behind the edge a server that answers "
        "at once.",
    )
    print(section.title, flush=True)
    with running_redis() as redis, tempfile.TemporaryDirectory(prefix="malha-bench-") as folder:
        policy = Path(folder, "limits.yaml")
        policy.write_text(_POLICY)
        with limited_edge(Path(folder, "edge"), redis.url, policy) as edge:
            calm = _milliseconds(edge)
            redis.process.send_signal(signal.SIGSTOP)
            still = _milliseconds(edge)
            redis.process.send_signal(signal.SIGCONT)
    for name, times in (("Redis answers", calm), ("Redis stands still", still)):
        section.add(name, f"p50 {quantile(times, 0.5):.2f} ms, p99 {quantile(times, 0.99):.2f} ms")
    section.add("added to the p99", f"{quantile(still, 0.99) - quantile(calm, 0.99):.1f} ms", "< 60 ms")
    return section


def _milliseconds(edge: LimitedEdge) -> list[float]:
    times = list[float]()
    metadata = (("authorization", f"Bearer {edge.issuer.token('users/bench', 'enterprise')}"),)
    with grpc.insecure_channel(edge.target) as channel:
        call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(DESCRIBE)
        for _ in range(_CALLS):
            began = time.perf_counter()
            call(b"", timeout=5, metadata=metadata)
            times.append((time.perf_counter() - began) * 1000)
    return times
