"""How many decisions the limiter makes on one core, how long they take, and what Redis alone does with its script."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import grpc
import msgspec
import psutil
from malha.limits.v1.decision_pb2 import DecideRequest
from redis import Redis

from bench.limits_edge import frozen
from bench.limits_load import drive
from bench.report import Section, quantile
from services.limits.adapters.redis_windows import SCRIPT
from services.limits.rpc.decisions import METHOD, SERVICE
from services.runtime.identity.spiffe import server_name
from tests.support.identity import make_identities, mesh_credentials
from tests.support.ports import free_port
from tests.support.programs import RedisProgram, running_redis

_ROOT = Path(__file__).parents[1]
_PATH = f"/{SERVICE}/{METHOD}"
_CALLS = 20_000
_USERS = 1_000
# h2load's requests under way on each of its two connections.
_WAITING = (4, 16, 64)
_SCRIPT_BATCHES = (1, 16, 64)
_POLICY = """\
users: {free: 10/min, enterprise: 10_000_000/min}
anonymous: 20/min
global: 10_000_000/s
edge: {floor: 1/s, development_floor: 1/s, entrance: 1/s}
"""


def run() -> list[Section]:
    """Measure decisions per second of the limiter's processor time, their times, and the script alone."""
    section = Section(
        "The limiter",
        f"One limiter, {_CALLS} decisions over two connections: in plaintext from h2load, for one user; and as in a "
        "mesh, over TLS with a certificate on both sides, for a thousand users in turn. Each is counted against a user "
        "and against everyone, and allowed. Per core: decisions for each second of the limiter's own processor time, "
        "user and system; Redis has its own. The script alone: the same two limits, one synchronous client, batches of "
        "so many decisions, for each second of Redis's processor time.",
    )
    print(section.title, flush=True)
    with running_redis() as redis, tempfile.TemporaryDirectory(prefix="malha-bench-") as folder:
        with _limiter(Path(folder), redis) as limiter:
            for waiting in _WAITING:
                _load(section, limiter, redis, waiting)
            _times(section, limiter)
            _late(section, limiter, "in plaintext")
        identities = Path(folder, "mesh")
        make_identities(identities, lifetime=3600.0)
        with _limiter(Path(folder), redis, identities) as limiter:
            for waiting in _WAITING:
                _load_in_mesh(section, limiter, redis, waiting, identities)
            _late(section, limiter, "over TLS")
        for batch in _SCRIPT_BATCHES:
            _script(section, redis, batch)
    return [section, frozen()]


@dataclass
class _Limiter:
    port: int
    process: psutil.Process
    body: Path
    metrics: str

    def late(self) -> int:
        """How many decisions it did not make because Redis did not answer in time."""
        page = urlopen(f"http://{self.metrics}/metrics").read().decode()
        found: list[str] = re.findall(r'outcome="undecided"} ([0-9.]+)', page)
        return sum(int(float(count)) for count in found) // 2


@contextmanager
def _limiter(folder: Path, redis: RedisProgram, identities: Path | None = None) -> Iterator[_Limiter]:
    secret, policy, body = folder / "redis-url", folder / "limits.yaml", folder / "body"
    secret.write_text(redis.url)
    policy.write_text(_POLICY)
    body.write_bytes(_framed(_request().SerializeToString()))
    port, metrics = free_port(), f"127.0.0.1:{free_port()}"
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("MALHA_")},
        "MALHA_COMPONENT": "limits", "MALHA_REPLICA": "limits-0", "MALHA_LISTEN": f"127.0.0.1:{port}",
        "MALHA_METRICS_LISTEN": metrics,
        "MALHA_REDIS_URL_FILE": str(secret), "MALHA_LIMITS_FILE": str(policy), "MALHA_STATE_DIR": str(folder),
        "MALHA_DRAIN_SECONDS": "0", "MALHA_LOG_LEVEL": "warning",
    }  # fmt: skip
    credentials = None
    if identities is not None:
        # Any workload's will do: nobody here asks for the limiter by its name.
        environment["MALHA_IDENTITY_DIR"] = str(identities / "identity" / "echo")
        credentials = mesh_credentials(identities, "envoy")
    process = subprocess.Popen([sys.executable, "-m", "services.limits", "serve"], cwd=_ROOT, env=environment)
    try:
        with _channel(port, credentials) as channel:
            grpc.channel_ready_future(channel).result(30)
        yield _Limiter(port, psutil.Process(process.pid), body, metrics)
    finally:
        process.terminate()
        process.wait(15)


def _channel(port: int, credentials: grpc.ChannelCredentials | None) -> grpc.Channel:
    if credentials is None:
        return grpc.insecure_channel(f"127.0.0.1:{port}")
    options = [("grpc.ssl_target_name_override", server_name("echo"))]
    return grpc.secure_channel(f"127.0.0.1:{port}", credentials, options)


def _request(user: str = "users/bench") -> DecideRequest:
    request = DecideRequest(domain="malha")
    named = request.descriptors.add()
    for key, value in (("limited", "yes"), ("tenant", "default"), ("user", user), ("tier", "enterprise")):
        named.entries.add(key=key, value=value)
    request.descriptors.add().entries.add(key="everyone", value="all")
    return request


def _framed(message: bytes) -> bytes:
    return b"\0" + len(message).to_bytes(4, "big") + message


def _seconds(process: psutil.Process) -> float:
    spent = process.cpu_times()
    return float(spent.user + spent.system)


def _load(section: Section, limiter: _Limiter, redis: RedisProgram, waiting: int) -> None:
    def load() -> None:
        done = subprocess.run(
            ["h2load", "-n", str(_CALLS), "-c", "2", "-m", str(waiting), "-d", str(limiter.body),
             "-H", "content-type: application/grpc", "-H", "te: trailers", f"http://127.0.0.1:{limiter.port}{_PATH}"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        succeeded = re.search(r"(\d+) succeeded", done.stdout)
        assert succeeded is not None and int(succeeded[1]) == _CALLS, done.stdout

    _measure(section, limiter, redis, f"{2 * waiting} decisions waiting", waiting, load)


def _load_in_mesh(section: Section, limiter: _Limiter, redis: RedisProgram, waiting: int, identities: Path) -> None:
    asked = [_request(f"users/bench-{number}").SerializeToString() for number in range(_USERS)]
    messages = [asked[number % _USERS] for number in range(_CALLS)]
    envoy = identities / "identity" / "envoy"
    name = f"{2 * waiting} decisions waiting, over TLS"
    _measure(
        section, limiter, redis, name, waiting,
        lambda: drive(limiter.port, envoy, _PATH, messages, connections=2, waiting=waiting),
    )  # fmt: skip


def _measure(
    section: Section, limiter: _Limiter, redis: RedisProgram, name: str, waiting: int, load: Callable[[], None]
) -> None:
    server = psutil.Process(redis.process.pid)
    before, server_before, began = _seconds(limiter.process), _seconds(server), time.perf_counter()
    load()
    elapsed = time.perf_counter() - began
    spent, of_redis = _seconds(limiter.process) - before, _seconds(server) - server_before
    section.add(
        name,
        f"{_CALLS / spent:,.0f}/s per core, {_CALLS / elapsed:,.0f}/s, {of_redis / _CALLS * 1e6:.0f} us of Redis",
        ">= 8,000/s per core" if waiting == _WAITING[-1] else "",
    )


def _late(section: Section, limiter: _Limiter, how: str) -> None:
    section.add(f"decisions that Redis did not answer in 35 ms, {how}", f"{limiter.late()}", "0")


def _times(section: Section, limiter: _Limiter) -> None:
    """Four clients, each with one decision after another."""
    raw, times = _request().SerializeToString(), list[float]()

    def ask() -> None:
        options = [("grpc.use_local_subchannel_pool", 1)]
        with grpc.insecure_channel(f"127.0.0.1:{limiter.port}", options) as channel:
            call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(_PATH)
            for _ in range(1_000):
                began = time.perf_counter()
                call(raw, timeout=5)
                times.append((time.perf_counter() - began) * 1000)

    clients = [threading.Thread(target=ask) for _ in range(4)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    section.add(
        "four clients, one decision after another",
        f"p50 {quantile(times, 0.5):.2f} ms, p99 {quantile(times, 0.99):.2f} ms",
        "p99 < 5 ms",
    )


def _script(section: Section, redis: RedisProgram, batch: int) -> None:
    client = Redis.from_url(redis.url)
    call: list[str | int] = [
        "bench:user:60000",
        10_000_000,
        60_000_000,
        1,
        0,
        "bench:everyone:1000",
        10_000_000,
        1_000_000,
        1,
        0,
    ]
    asked = msgspec.msgpack.encode([call] * batch)
    sha, server = client.script_load(SCRIPT), psutil.Process(redis.process.pid)
    rounds = _CALLS // batch
    before, began = _seconds(server), time.perf_counter()
    for _ in range(rounds):
        client.evalsha(sha, 0, asked)
    elapsed, spent = time.perf_counter() - began, _seconds(server) - before
    client.close()
    decided = rounds * batch
    section.add(
        f"the script alone, {batch} at a time", f"{decided / spent:,.0f}/s per core, {decided / elapsed:,.0f}/s"
    )
