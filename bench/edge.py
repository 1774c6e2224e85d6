"""What the edge costs: one echo server, called directly and through Envoy, in turns."""

from __future__ import annotations

import random
import re
import shutil
import statistics
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psutil
from malha.identity.v1 import tenant_service_pb2
from malha.testing.v1.echo_service_pb2 import EchoRequest

from bench.echo_mesh import ECHO, REPLICAS, EchoMesh, echo_mesh
from bench.report import Section
from tests.support.tenants import add_tenant

# Many short rounds in turns, not few long ones: on a small shared machine one run swings by a factor of two.
_ROUNDS = 30
_CALLS = 5_000
_CONNECTIONS = 4
# Both are always shown: the edge's share depends on how much is under way, and nobody is to choose afterwards.
_STREAMS = (16, 32)
_MESSAGE_BYTES = 128
_LOCALLY_LIMITED = "The guarded mesh before the echo service, a token of the development tier"
_SHARED_LIMIT = "The guarded mesh before the echo service, a token whose calls the limiter counts"
# Limits that are counted at each call, and that nobody reaches.
_POLICY = """\
users: {free: 10/min, pro: 100/min, enterprise: 10_000_000/min}
anonymous: 1_000/min
global: 10_000_000/s
edge: {floor: 1_000_000/s, development_floor: 1_000_000/s, entrance: 1_000/min}
"""


@dataclass(frozen=True)
class Load:
    """What h2load measured in one run."""

    calls_per_second: float
    mean_milliseconds: float


def run() -> list[Section]:
    """Measure what the edge, and the whole mesh, leave of a bare grpcio echo's throughput."""
    h2load = shutil.which("h2load")
    if h2load is None:
        print("edge: h2load is missing (Debian: nghttp2-client); skipped", flush=True)
        return []
    with echo_mesh() as echo, tempfile.TemporaryDirectory() as folder:
        payload = Path(folder, "payload")
        payload.write_bytes(_frame(EchoRequest(message="x" * _MESSAGE_BYTES).SerializeToString()))
        echo.put_behind(bare=True)
        edge = _throughput(h2load, payload, echo, "The edge before a bare grpcio echo", "bare", ">= 75 %", ">= 65 %")
        echo.put_behind(bare=False)
        whole = _throughput(h2load, payload, echo, "The whole mesh before the echo service", "service", "", ">= 68 %")
    return [edge, whole, *_guarded(h2load)]


def _guarded(h2load: str) -> list[Section]:
    """What is left when every call brings a token, which Envoy and the server verify, and the limits are in force:
    those that each Envoy holds by itself, and in the second section also those that the limiter holds for all."""
    with tempfile.TemporaryDirectory() as folder:
        policy, payload = Path(folder, "limits.yaml"), Path(folder, "payload")
        policy.write_text(_POLICY)
        payload.write_bytes(_frame(EchoRequest(message="x" * _MESSAGE_BYTES).SerializeToString()))
        with echo_mesh("trust", MALHA_LIMITS_FILE=str(policy)) as echo:
            own = echo.running.run("token").stdout.strip()
            limited = add_tenant(echo.running, "limited", tenant_service_pb2.TIER_ENTERPRISE)
            return [
                _throughput(h2load, payload, echo, title, "service", "", ">= 60 %", f"authorization: Bearer {token}")
                for title, token in ((_LOCALLY_LIMITED, own), (_SHARED_LIMIT, limited))
            ]


def _throughput(
    h2load: str, payload: Path, echo: EchoMesh, title: str, server: str, plaintext: str, tls: str, *headers: str
) -> Section:
    section = Section(
        title,
        f"h2load, {_CONNECTIONS} connections with 16 or 32 streams each, {_CALLS:,} unary calls of {_MESSAGE_BYTES} "
        f"bytes a round, {_ROUNDS} rounds of each in turns, medians; a share is the median of the rounds, with its "
        "95 % interval (bootstrap). Direct: a bare grpcio echo, in plaintext. Through the edge: one Envoy worker, the "
        "whole filter chain, mTLS to the server, 1 % of the calls traced; behind it "
        + (
            "the same bare echo, one process."
            if server == "bare"
            else f"{REPLICAS} replicas of the echo service on the full runtime, one for each processor, limits and "
            "figures on; the bare echo has one process."
        )
        + (
            " Each call brings a token: its signature, issuer and times, the permission it holds and the address's "
            "limit are checked at each call. For the development tier there is no shared limit; for the others the "
            "limiter counts each call against its user and against all."
            if headers
            else ""
        )
        + " Client, Envoy and server share the machine.",
    )
    print(section.title, flush=True)
    targets = {
        "direct": f"http://{echo.bare}",
        "edge, plaintext": f"http://{echo.running.plaintext}",
        "edge, TLS": f"https://{echo.running.edge}",
    }
    wanted = {"edge, plaintext": plaintext, "edge, TLS": tls}
    for streams in _STREAMS:
        _measure(section, [h2load, *_given(headers)], payload, targets, wanted, echo.pids, streams)
    return section


def _measure(
    section: Section,
    h2load: list[str],
    payload: Path,
    targets: dict[str, str],
    wanted: dict[str, str],
    parts: dict[str, tuple[int, ...]],
    streams: int,
) -> None:
    rounds: dict[str, list[Load]] = {name: [] for name in targets}
    spent: dict[str, dict[str, float]] = {name: dict.fromkeys(parts, 0.0) for name in targets}
    for _ in range(_ROUNDS):
        for name, address in targets.items():
            before = {part: _cpu_seconds(pids) for part, pids in parts.items()}
            rounds[name].append(_load(h2load, payload, address, streams))
            for part, pids in parts.items():
                spent[name][part] += _cpu_seconds(pids) - before[part]
    for name, loads in rounds.items():
        rate = statistics.median(load.calls_per_second for load in loads)
        latency = statistics.median(load.mean_milliseconds for load in loads)
        each = {part: seconds / _ROUNDS / _CALLS * 1e6 for part, seconds in spent[name].items()}
        cpu = ", ".join(f"{part} {microseconds:.0f}" for part, microseconds in each.items() if microseconds >= 5)
        section.add(f"{streams} streams: {name}", f"{rate:,.0f} calls/s, {latency:.2f} ms; µs of CPU a call: {cpu}")
    for name, target in wanted.items():
        shares = [
            through.calls_per_second / direct.calls_per_second
            for through, direct in zip(rounds[name], rounds["direct"], strict=True)
        ]
        low, high = _interval(shares)
        spread = (
            f"{statistics.median(shares):.0%} ({low:.0%} to {high:.0%}; rounds {min(shares):.0%} to {max(shares):.0%})"
        )
        section.add(f"{streams} streams: {name}, share of direct", spread, target)


def _interval(values: list[float]) -> tuple[float, float]:
    """The 95 % bootstrap interval of the median."""
    draw = random.Random(1)
    medians = sorted(statistics.median(draw.choices(values, k=len(values))) for _ in range(4_000))
    return medians[100], medians[-101]


def _cpu_seconds(pids: tuple[int, ...]) -> float:
    """User and system time the processes have used so far."""
    return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids)


def _frame(message: bytes) -> bytes:
    return b"\0" + len(message).to_bytes(4, "big") + message


def _given(headers: tuple[str, ...]) -> list[str]:
    return [part for header in headers for part in ("-H", header)]


def _load(h2load: list[str], payload: Path, address: str, streams: int) -> Load:
    done = subprocess.run(
        [*h2load, "-n", str(_CALLS), "-c", str(_CONNECTIONS), "-m", str(streams), "-d", str(payload),
         "-H", "content-type: application/grpc", "-H", "te: trailers", f"{address}{ECHO}"],
        capture_output=True, text=True, check=True, timeout=300,
    ).stdout  # fmt: skip
    assert f"{_CALLS} succeeded" in done, done
    rate = re.search(r"([\d.]+) req/s", done)
    latency = re.search(r"time for request:\s+\S+\s+\S+\s+([\d.]+)(us|ms|s)", done)
    assert rate and latency, done
    scale = {"us": 0.001, "ms": 1.0, "s": 1000.0}[latency[2]]
    return Load(float(rate[1]), float(latency[1]) * scale)
