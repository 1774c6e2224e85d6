"""What the mesh adds to one call: an echo called one at a time, directly and through the edge, and a hop inside."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import grpc
from malha.testing.v1 import echo_service_pb2 as pb
from malha.testing.v1 import echo_service_pb2_grpc as pb_grpc

from bench.echo_mesh import EchoMesh, echo_mesh
from bench.report import Section, quantile
from services.runtime.identity.credentials import channel_credentials
from services.runtime.identity.files import IdentityFolder
from services.runtime.identity.spiffe import ENVOY, server_name

_ROUNDS = 40
_CALLS = 50


def run() -> list[Section]:
    """Measure the milliseconds that the edge and an inner hop add."""
    section = Section(
        "What the mesh adds to a call",
        f"The sync client, one call of 128 bytes after another, {_ROUNDS} blocks of {_CALLS} calls of each kind in "
        "turns. Added: the difference of the medians. Direct: a bare grpcio echo, in plaintext. mTLS: the same, called "
        "under the identity of the echo service, by mTLS, directly and through the inner listener. Relay calls "
        "DescribeCall through the inner listener: beside the hop it holds the time of a second client and server.",
    )
    print(section.title, flush=True)
    with echo_mesh() as echo, _Channels(echo) as channels:
        echo.put_behind(bare=True)
        direct, edge = _block_of_echo(channels.direct), _block_of_echo(channels.edge)
        within, through = _block_of_echo(channels.within), _block_of_echo(channels.through)
        times = milliseconds(
            {
                "direct": direct,
                "edge, TLS, bare echo behind": edge,
                "mTLS, direct": within,
                "inner listener, bare echo behind": through,
            }
        )
        wanted = {
            "edge, TLS, bare echo behind": ("direct", "< 0.6 ms"),
            "inner listener, bare echo behind": ("mTLS, direct", "< 0.8 ms"),
        }
        _tell(section, times, wanted)
        echo.put_behind(bare=False)
        stub = pb_grpc.EchoServiceStub(channels.edge)
        once, twice = pb.DescribeCallRequest(), pb.RelayRequest(hops=1)
        times = milliseconds(
            {
                "direct again": direct,
                "edge, TLS, echo service behind": edge,
                "DescribeCall": lambda: stub.DescribeCall(once, timeout=5),
                "Relay": lambda: stub.Relay(twice, timeout=5),
            }
        )
        wanted = {"edge, TLS, echo service behind": ("direct again", ""), "Relay": ("DescribeCall", "")}
        _tell(section, times, wanted)
    return [section]


class _Channels:
    """The ways to the echo."""

    def __init__(self, echo: EchoMesh) -> None:
        identity = IdentityFolder(echo.running.state / "identity" / "echo").last
        workload = channel_credentials(identity)
        authority = grpc.ssl_channel_credentials(echo.running.ca.read_bytes())
        self.direct = grpc.insecure_channel(echo.bare)
        self.edge = grpc.secure_channel(echo.running.edge, authority)
        self.within = grpc.secure_channel(echo.bare_behind, workload, _named("echo"))
        self.through = grpc.secure_channel(echo.running.inner, workload, _named(ENVOY))

    def __enter__(self) -> _Channels:
        return self

    def __exit__(self, *_: object) -> None:
        for channel in (self.direct, self.edge, self.within, self.through):
            channel.close()


def _named(workload: str) -> list[tuple[str, str]]:
    return [("grpc.ssl_target_name_override", server_name(workload))]


def _block_of_echo(channel: grpc.Channel) -> Callable[[], object]:
    stub, request = pb_grpc.EchoServiceStub(channel), pb.EchoRequest(message="x" * 128)
    return lambda: stub.Echo(request, timeout=5)


def milliseconds(calls: dict[str, Callable[[], object]], rounds: int = _ROUNDS) -> dict[str, list[float]]:
    """The time of each call by its kind, in `rounds` blocks of each in turns."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    for _ in range(rounds):
        for name, call in calls.items():
            for _ in range(_CALLS):
                began = time.perf_counter()
                call()
                times[name].append((time.perf_counter() - began) * 1000)
    return times


def _tell(section: Section, times: dict[str, list[float]], wanted: dict[str, tuple[str, str]]) -> None:
    for name, values in times.items():
        section.add(name, f"p50 {statistics.median(values):.2f} ms, p95 {quantile(values, 0.95):.2f} ms")
    for name, (base, target) in wanted.items():
        added = statistics.median(times[name]) - statistics.median(times[base])
        section.add(f"{name}: added to {base}", f"{added:.2f} ms", target)
