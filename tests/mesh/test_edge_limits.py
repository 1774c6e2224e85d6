"""What Envoy takes from nobody, and what it says and does when its memory runs out."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import grpc
import httpx
import pytest
from google.rpc import error_details_pb2, status_pb2

from services.runtime.identity.spiffe import EDGE, spiffe_id
from tests.support.attacks import ECHO, closed_within, connect, until
from tests.support.envoy_process import Alone, alone

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from services.mesh.render.document import Node

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("edge-limits")]

FORGED = (
    ("x-malha-caller", spiffe_id("operator")),
    ("x-malha-subject", "root"),
    ("x-malha-v", "1"),
    ("x-malha-versions", "1"),
    ("x-malha-", "1"),
    ("x-forwarded-client-cert", "URI=spiffe://malha.local/operator"),
    ("x-envoy-retry-on", "5xx"),
    ("x-envoy-max-retries", "9"),
    ("x-envoy-upstream-rq-timeout-ms", "1"),
    ("x-envoy-internal", "true"),
)
ALLOWED = ("x-malha-version", "2.0.0")


def _answer(channel: grpc.Channel, *metadata: tuple[str, str]) -> dict[str, Any]:
    call = channel.stream_stream(ECHO)(iter([b""]), timeout=5, metadata=metadata)  # type: ignore[arg-type]
    list(call)
    return dict(call.trailing_metadata())


def _with_backend(running: Alone) -> Alone:
    running.publish("echo", running.backend("echo", "echo-0"))
    running.wait_healthy("echo", 1)
    return running


@pytest.mark.parametrize("listener", ["edge", "plaintext", "inner"])
def test_what_only_the_mesh_may_say_is_taken_off(tmp_path: Path, listener: str) -> None:
    with alone(tmp_path / "state", "echo") as envoy:
        _with_backend(envoy)
        if listener == "inner":
            channel = envoy.inner("echo")
        elif listener == "edge":
            trust = grpc.ssl_channel_credentials((envoy.root / "pki" / "ca.pem").read_bytes())
            channel = grpc.secure_channel(f"localhost:{envoy.edge.port}", trust)
        else:
            channel = grpc.insecure_channel(f"127.0.0.1:{envoy.edge.plaintext_port}")
        with channel:
            seen = _answer(channel, *FORGED, ALLOWED)
        assert seen["seen-caller"] == spiffe_id("echo" if listener == "inner" else EDGE)
        headers = seen["seen-headers"].split(",")
        assert not {name for name, _ in FORGED[1:]} & set(headers)
        assert ALLOWED[0] in headers


def _full(bootstrap: Node) -> None:
    """So little memory that Envoy is beyond its limit from the start; connections are taken all the same."""
    manager = bootstrap["overload_manager"]
    manager["resource_monitors"][0]["typed_config"]["max_heap_size_bytes"] = 2**20
    manager["loadshed_points"] = manager["loadshed_points"][:1]


def test_a_full_envoy_says_so_and_when_to_try_again(tmp_path: Path) -> None:
    with alone(tmp_path / "state", "echo", change=_full) as envoy:
        port = envoy.edge.plaintext_port
        until(lambda: envoy.stat("overload.envoy.resource_monitors.fixed_heap.pressure") > 100, 5)
        with grpc.insecure_channel(f"127.0.0.1:{port}", [("grpc.enable_retries", 0)]) as channel:
            with pytest.raises(grpc.RpcError) as caught:
                _answer(channel)
            failed: Any = caught.value
        status = status_pb2.Status.FromString(dict(failed.trailing_metadata())["grpc-status-details-bin"])
        info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
        assert status.details[0].Unpack(info)
        assert status.details[1].Unpack(retry)
        assert failed.code() is grpc.StatusCode.UNAVAILABLE
        assert (failed.details(), info.reason) == ("the edge is at its limit; try again", "EDGE")
        assert retry.retry_delay.ToMilliseconds() == 500

        answer = httpx.get(f"http://127.0.0.1:{port}/v1/echo:cached?message=x")
        assert answer.status_code == 503
        error = answer.json()["error"]
        assert (error["status"], error["message"]) == ("UNAVAILABLE", "the edge is at its limit; try again")
        assert [detail["@type"].rpartition(".")[2] for detail in error["details"]] == ["ErrorInfo", "RetryInfo"]


def test_a_full_envoy_takes_no_connection(tmp_path: Path) -> None:
    def full(bootstrap: Node) -> None:
        points = bootstrap["overload_manager"]["loadshed_points"]
        _full(bootstrap)
        bootstrap["overload_manager"]["loadshed_points"] = points

    with alone(tmp_path / "state", "echo", change=full) as envoy:
        until(lambda: envoy.stat("overload.envoy.resource_monitors.fixed_heap.pressure") > 100, 5)
        connection = connect(envoy.edge.plaintext_port)
        assert closed_within(connection, 2) is not None
        connection.close()
        assert envoy.ask("/ready").startswith("LIVE"), "the operator is let in"


def _calls(envoy: Alone, over: threading.Event, lost: list[object]) -> None:
    """A gRPC call whose request Envoy keeps, for a repetition, while the service takes its time."""
    with grpc.insecure_channel(
        f"127.0.0.1:{envoy.edge.plaintext_port}", [("grpc.use_local_subchannel_pool", 1)]
    ) as own:
        call = own.stream_stream(ECHO)(iter([bytes(3_500_000)]), timeout=30, metadata=(("delay", "4"),))  # type: ignore[arg-type]
        try:
            list(call)
        except grpc.RpcError as error:
            lost.append(error)


def _bodies(envoy: Alone, over: threading.Event, lost: list[object]) -> None:
    """A REST call whose body Envoy keeps until it is whole, which it never is."""
    head = "POST /v1/sources:analyze HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    with connect(envoy.edge.plaintext_port) as connection:
        connection.sendall(f"{head}content-length: 30000000\r\n\r\n".encode())
        try:
            connection.sendall(b" " * 5_000_000)
            while not over.is_set() and closed_within(connection, 0.1) is None:
                connection.sendall(b" ")
        except OSError:
            pass
        if not over.is_set():
            lost.append(head)


@pytest.mark.parametrize("hoard", [_calls, _bodies])
def test_when_memory_runs_out_those_go_who_hoard_it_and_small_calls_stay(
    tmp_path: Path, hoard: Callable[[Alone, threading.Event, list[object]], None]
) -> None:
    heap = 32 * 2**20

    def little(bootstrap: Node) -> None:
        bootstrap["overload_manager"]["resource_monitors"][0]["typed_config"]["max_heap_size_bytes"] = heap

    with alone(tmp_path / "state", change=little) as envoy:
        _with_backend(envoy)
        over, lost, most = threading.Event(), [], 0
        threads = [threading.Thread(target=hoard, args=(envoy, over, lost)) for _ in range(24)]
        with grpc.insecure_channel(f"127.0.0.1:{envoy.edge.plaintext_port}") as channel:
            assert _served(channel)
            for thread in threads:
                thread.start()
            try:
                while len(lost) < 2:
                    most = max(most, envoy.stat("server.memory_allocated"))
                    assert any(thread.is_alive() for thread in threads), "somebody has to go"
            finally:
                over.set()
                for thread in threads:
                    thread.join(40)
            until(lambda: _served(channel), 10)
        assert most < heap * 2, "what comes in before Envoy looks again, at most"


def _served(channel: grpc.Channel) -> bool:
    try:
        return channel.unary_unary(ECHO)(b"", timeout=2) == b""  # type: ignore[arg-type]
    except grpc.RpcError:
        return False
