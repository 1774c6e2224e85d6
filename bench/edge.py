"""What the edge costs: one echo server, called directly and through Envoy, in turns."""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from malha.testing.v1.echo_service_pb2 import EchoRequest

from bench.report import Section
from tests.support.mesh_process import Mesh, mesh

_PATH = "/malha.testing.v1.EchoService/Echo"
_ROUNDS = 5
_CALLS = 20_000
_CONNECTIONS, _STREAMS = 4, 32
_MESSAGE_BYTES = 128


@dataclass(frozen=True)
class Load:
    """What h2load measured in one run."""

    calls_per_second: float
    mean_milliseconds: float


def run() -> list[Section]:
    """Measure the edge's share of the direct throughput, plaintext and TLS."""
    h2load = shutil.which("h2load")
    if h2load is None:
        print("edge: h2load is missing (Debian: nghttp2-client); skipped", flush=True)
        return []
    with tempfile.TemporaryDirectory(prefix="malha-bench-") as folder:
        payload = Path(folder, "payload")
        payload.write_bytes(_frame(EchoRequest(message="x" * _MESSAGE_BYTES).SerializeToString()))
        with mesh(Path(folder, "state"), "--profile", "echo") as running:
            return [_throughput(h2load, payload, running)]


def _throughput(h2load: str, payload: Path, running: Mesh) -> Section:
    section = Section(
        "The edge",
        f"h2load, {_CONNECTIONS} connections with {_STREAMS} streams each, {_CALLS:,} unary calls of {_MESSAGE_BYTES} "
        f"bytes a round, {_ROUNDS} rounds of each in turns, medians. One echo server process on the full runtime, one "
        "Envoy worker, the whole filter chain, no tracing; client, Envoy and server share the machine.",
    )
    print(section.title, flush=True)
    (replica,) = running.component("echo")["replicas"]
    targets = {
        "direct": f"http://{replica['address']}",
        "edge, plaintext": f"http://{running.plaintext}",
        "edge, TLS": f"https://{running.edge}",
    }
    rounds: dict[str, list[Load]] = {name: [] for name in targets}
    for _ in range(_ROUNDS):
        for name, address in targets.items():
            rounds[name].append(_load(h2load, payload, address))
    for name, loads in rounds.items():
        rate = statistics.median(load.calls_per_second for load in loads)
        latency = statistics.median(load.mean_milliseconds for load in loads)
        section.add(name, f"{rate:,.0f} calls/s, {latency:.2f} ms")
    for name, target in (("edge, plaintext", ">= 75 %"), ("edge, TLS", ">= 65 %")):
        shares = [
            through.calls_per_second / direct.calls_per_second
            for through, direct in zip(rounds[name], rounds["direct"], strict=True)
        ]
        section.add(f"{name}, share of direct", f"{statistics.median(shares):.0%}", target)
    return section


def _frame(message: bytes) -> bytes:
    return b"\0" + len(message).to_bytes(4, "big") + message


def _load(h2load: str, payload: Path, address: str) -> Load:
    done = subprocess.run(
        [h2load, "-n", str(_CALLS), "-c", str(_CONNECTIONS), "-m", str(_STREAMS), "-d", str(payload),
         "-H", "content-type: application/grpc", "-H", "te: trailers", f"{address}{_PATH}"],
        capture_output=True, text=True, check=True, timeout=300,
    ).stdout  # fmt: skip
    assert f"{_CALLS} succeeded" in done, done
    rate = re.search(r"([\d.]+) req/s", done)
    latency = re.search(r"time for request:\s+\S+\s+\S+\s+([\d.]+)(us|ms|s)", done)
    assert rate and latency, done
    scale = {"us": 0.001, "ms": 1.0, "s": 1000.0}[latency[2]]
    return Load(float(rate[1]), float(latency[1]) * scale)
