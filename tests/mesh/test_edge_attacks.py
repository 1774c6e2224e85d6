"""The edge under attack: its memory stays bounded, and a client that means well is served as if nothing were.

Each attack runs beside an honest client, which calls Echo over TLS and tolerates neither a failure nor slowness.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from hpack import Encoder
from hyperframe.frame import ContinuationFrame, DataFrame, HeadersFrame, PingFrame, SettingsFrame

from tests.support import attacks
from tests.support.attacks import Honest, begin, closed_within, connect, honest, pour
from tests.support.envoy_process import Alone, alone

if TYPE_CHECKING:
    import socket


pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("edge-attacks")]

# Half of the honest calls take less than this during an attack, in milliseconds.
TYPICAL = 250
# What one attack may add to Envoy's memory, and all of them together, in MiB.
ONE, ALL = 64, 160


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    """Envoy before two replicas of the echo service."""
    with alone(tmp_path_factory.mktemp("attacks") / "state", "echo") as running:
        running.publish("echo", running.replica("echo-0"), running.replica("echo-1"))
        running.wait_healthy("echo", 2)
        began = running.rss_mib
        yield running
        assert running.rss_mib - began < ALL
        assert "critical" not in running.log()


@contextmanager
def _served(edge: Alone, calls: int = 50) -> Iterator[Honest]:
    before = edge.rss_mib
    with honest(edge.edge.port, edge.root / "pki" / "ca.pem") as client:
        yield client
        enough = len(client.milliseconds) + calls
        attacks.until(lambda: len(client.milliseconds) >= enough, 20)
    client.check(calls, TYPICAL)
    assert edge.rss_mib - before < ONE, "Envoy's memory grew"


def _tls(edge: Alone, protocol: str = "h2") -> socket.socket:
    return connect(edge.edge.port, edge.root / "pki" / "ca.pem", protocol)


@dataclass
class Slow:
    """Clients that take their time, begun before all other attacks: how long each was let be, in seconds."""

    lasted: dict[str, float] = field(default_factory=dict)

    def send(self, name: str, port: int, head: bytes, count: int = 1, drip: bytes = b"") -> threading.Thread:
        """Open `count` connections, send `head`, then `drip` twice a second, until all were closed."""

        def work() -> None:
            began = time.monotonic()
            left = clients = [connect(port) for _ in range(count)]
            for connection in clients:
                connection.sendall(head)
            while left:
                still = [connection for connection in left if closed_within(connection, 0.5 / len(left)) is None]
                for connection in still:
                    with suppress(OSError):
                        connection.sendall(drip)
                left = still
            self.lasted[name] = time.monotonic() - began
            for connection in clients:
                connection.close()

        thread = threading.Thread(target=work, name=name)
        thread.start()
        return thread


@pytest.fixture(scope="module")
def slow(edge: Alone) -> Iterator[Slow]:
    """See Slow."""
    seen = Slow()
    body = b"content-type: application/json\r\ncontent-length: 9999\r\n\r\n"
    clients = {
        "a unary call": (b"POST /v1/echo HTTP/1.1\r\nhost: x\r\n" + body, 1, b" "),
        "a stream": (b"POST /v1/echo:collect HTTP/1.1\r\nhost: x\r\n" + body, 1, b" "),
        "no gRPC": (f"POST {attacks.ECHO} HTTP/1.1\r\nhost: x\r\n".encode() + body, 1, b" "),
        "headers": (b"GET /v1/echo:cached HTTP/1.1\r\nhost: x\r\nx-a: ", 100, b"a"),
        "silent clients": (begin(), 100, b""),
    }
    threads = [seen.send(name, edge.edge.plaintext_port, *client) for name, client in clients.items()]
    yield seen
    for thread in threads:
        thread.join(40)


@pytest.mark.usefixtures("slow")
def test_100_000_rapid_resets(edge: Alone) -> None:
    sent = connections = 0
    with _served(edge):
        while sent < 100_000:
            connections += 1
            with _tls(edge) as connection, suppress(OSError):
                encoder = Encoder()
                connection.sendall(begin())
                for first in range(1, 40_000, 400):
                    streams = range(first, first + 400, 2)
                    connection.sendall(b"".join(attacks.headers(encoder, s) + attacks.reset(s) for s in streams))
                    sent += 200
    assert edge.stat("http.edge.downstream_rq_too_many_premature_resets") == connections


@pytest.mark.parametrize("frame", [PingFrame(0, opaque_data=b"12345678"), SettingsFrame(0, settings={1: 4096})])
def test_a_flood_of_frames_that_want_an_answer(edge: Alone, frame: Any) -> None:
    with _served(edge), _tls(edge) as connection:
        connection.sendall(begin())
        chunk = frame.serialize() * 1000
        assert pour(connection, chunk, 1000) < 1000 * len(chunk), "cut off before it was all sent"


@pytest.mark.parametrize("field", [b"", Encoder().encode([("a", "b" * 10)], huffman=False) * 200])
def test_headers_that_never_end(edge: Alone, field: bytes) -> None:
    opening = HeadersFrame(1, Encoder().encode([(":method", "POST"), (":path", "/")])).serialize()
    chunk = ContinuationFrame(1, field).serialize() * (10 if field else 1000)
    with _served(edge), _tls(edge) as connection:
        connection.sendall(begin() + opening)
        pour(connection, chunk, 10 * 2**20 // len(chunk))
        assert closed_within(connection, 10) is not None


@pytest.mark.parametrize("line", [b"x-a: " + b"a" * 4000 + b"\r\n", b"a:b\r\n" * 800])
def test_10_mib_of_headers(edge: Alone, line: bytes) -> None:
    with _served(edge), _tls(edge, "http/1.1") as connection:
        connection.sendall(b"GET /v1/echo:cached HTTP/1.1\r\nhost: x\r\n")
        pour(connection, line, 10 * 2**20 // len(line))
        assert closed_within(connection, 10) is not None


def test_a_body_of_1_gib_over_rest(edge: Alone) -> None:
    head = b"POST /v1/echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1073741824\r\n\r\n"
    with _served(edge), _tls(edge, "http/1.1") as connection:
        connection.sendall(head)
        assert pour(connection, b"a" * 2**20, 1024) < 100 * 2**20


def test_a_message_of_1_gib_over_grpc_without_regard_to_windows(edge: Alone) -> None:
    with _served(edge), _tls(edge) as connection:
        connection.sendall(begin() + attacks.headers(Encoder(), 1))
        chunk = DataFrame(1, b"\0" + (2**30).to_bytes(4, "big") + b"a" * 16_000).serialize()
        pour(connection, chunk * 16, 2**30 // len(chunk) // 16)


MALFORMED = {
    "not HTTP": b"\x16\x03\x01" + bytes(200),
    "a frame beyond the limit": begin() + b"\xff\xff\xff\0\0\0\0\0\1" + bytes(20_000),
    "a request on no stream": begin() + b"\0\0\4\1\4\0\0\0\0" + bytes(4),
    "headers that do not unpack": begin() + b"\0\0\4\1\4\0\0\0\1" + b"\xff" * 4,
    "data of a stream that never was": begin() + DataFrame(99, b"x").serialize(),
    "an even stream": begin() + attacks.headers(Encoder(), 2),
    "a window beyond the limit": begin() + b"\0\0\4\10\0\0\0\0\0\x7f\xff\xff\xff" * 2,
    "an acknowledged ping of seven bytes": begin() + b"\0\0\7\6\1\0\0\0\0" + bytes(7),
    "a continuation of nothing": begin() + b"\0\0\1\x09\4\0\0\0\1\0",
}


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed_http2_ends_the_connection_that_it_came_by(edge: Alone, case: str) -> None:
    with _served(edge, 20), _tls(edge) as connection:
        connection.sendall(MALFORMED[case])
        assert closed_within(connection, 7) is not None


def test_malformed_messages_are_the_callers_fault(edge: Alone) -> None:
    junk = [os.urandom(size) for size in (1, 7, 100, 10_000)] + [b"\x0a\xff\xff\xff\xff\x0f", b"\x0b" * 5000]
    with _served(edge), grpc.insecure_channel(f"127.0.0.1:{edge.edge.plaintext_port}") as channel:
        for message in junk:
            with pytest.raises(grpc.RpcError) as caught:
                channel.unary_unary(attacks.ECHO)(message, timeout=5)  # type: ignore[arg-type]
            failed: Any = caught.value
            assert failed.code() is grpc.StatusCode.INVALID_ARGUMENT
            assert "not a readable message" in failed.details()


def test_3_000_connections_that_say_nothing(edge: Alone) -> None:
    ports = (edge.edge.port, edge.edge.plaintext_port)
    held: list[socket.socket] = []
    try:
        with _served(edge):
            for number in range(3000):
                held.append(connect(ports[number % 2]))
                if number % 2:
                    held[-1].sendall(begin())
            attacks.until(lambda: edge.stat("http.plaintext.downstream_cx_active") >= 1000, 5)
    finally:
        for connection in held:
            connection.close()


def test_nobody_is_slow_for_ever(slow: Slow) -> None:
    attacks.until(lambda: len(slow.lasted) == 5, 45)
    # Five seconds for headers; ten for what no method waits for; fifteen for a client that answers no ping; else the
    # longest method's thirty. A busy machine may be late.
    assert slow.lasted["headers"] < 10, slow
    assert slow.lasted["no gRPC"] < 15, slow
    assert slow.lasted["silent clients"] < 22, slow
    assert max(slow.lasted.values()) < 38, slow
