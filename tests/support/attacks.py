"""Clients that mean harm, made of raw sockets and hand-made frames, and one that means well and is watched."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import grpc
from hpack import Encoder
from hyperframe.frame import Frame, HeadersFrame, RstStreamFrame, SettingsFrame
from malha.testing.v1 import echo_service_pb2 as pb
from malha.testing.v1 import echo_service_pb2_grpc as rpc

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
ECHO = "/malha.testing.v1.EchoService/Echo"


def connect(port: int, ca: Path | None = None, protocol: str = "h2", timeout: float = 20) -> socket.socket:
    """A connection to a port of this machine, with TLS when there is an authority to trust."""
    plain = socket.create_connection(("127.0.0.1", port), timeout)
    if ca is None:
        return plain
    context = ssl.create_default_context(cafile=str(ca))
    context.set_alpn_protocols([protocol])
    return context.wrap_socket(plain, server_hostname="localhost")


def begin() -> bytes:
    """How a client of HTTP/2 begins."""
    return PREFACE + SettingsFrame(0).serialize()


def headers(encoder: Encoder, stream: int, *more: tuple[str, str], path: str = ECHO, flags: str = "") -> bytes:
    """The frame that opens a gRPC call."""
    fields = [
        (":method", "POST"), (":scheme", "https"), (":path", path), (":authority", "localhost"),
        ("content-type", "application/grpc"), ("te", "trailers"), *more,
    ]  # fmt: skip
    frame = HeadersFrame(stream, encoder.encode(fields))
    frame.flags.add("END_HEADERS")
    if flags:
        frame.flags.add(flags)
    return frame.serialize()


def reset(stream: int) -> bytes:
    """The frame that gives a call up."""
    return RstStreamFrame(stream, error_code=8).serialize()


def frames(kind: type[Frame], count: int, **fields: object) -> bytes:
    """The same frame on the connection itself, many times."""
    frame = kind(0, **fields)
    return frame.serialize() * count


def pour(connection: socket.socket, chunk: bytes, times: int) -> int:
    """Send a chunk again and again and read nothing; how many bytes went out before the other side had enough."""
    sent = 0
    with suppress(OSError):
        for _ in range(times):
            connection.sendall(chunk)
            sent += len(chunk)
    return sent


def closed_within(connection: socket.socket, seconds: float) -> float | None:
    """The seconds until the other side closed, reading whatever comes; None when it has not."""
    began = time.monotonic()
    try:
        while (left := seconds - (time.monotonic() - began)) > 0:
            connection.settimeout(left)
            if not connection.recv(65536):
                return time.monotonic() - began
    except TimeoutError:
        return None
    except OSError:
        return time.monotonic() - began
    return None


@dataclass
class Honest:
    """What happened to the calls of a client that means well."""

    milliseconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def check(self, at_least: int, typical: float) -> None:
        """All calls went well, half of them within `typical` milliseconds: the tests' machine has other work, too."""
        assert not self.failures, self.failures[:5]
        assert len(self.milliseconds) >= at_least
        median = sorted(self.milliseconds)[len(self.milliseconds) // 2]
        assert median < typical, f"median {median:.0f} ms of {len(self.milliseconds)} calls"


@contextmanager
def honest(port: int, ca: Path, rate: float = 200) -> Iterator[Honest]:
    """Calls Echo at most `rate` times a second over TLS while the block runs; connected before, without retries."""
    seen, over, begun = Honest(), threading.Event(), threading.Event()
    credentials = grpc.ssl_channel_credentials(ca.read_bytes())
    options = [("grpc.enable_retries", 0)]

    def work() -> None:
        with grpc.secure_channel(f"localhost:{port}", credentials, options) as channel:
            call: Callable[..., pb.EchoResponse] = rpc.EchoServiceStub(channel).Echo
            grpc.channel_ready_future(channel).result(20)
            begun.set()
            while not over.wait(1 / rate):
                began = time.monotonic()
                try:
                    call(pb.EchoRequest(message="x"), timeout=5)
                except grpc.RpcError as error:
                    seen.failures.append(f"{error.code()} {error.details()}")  # type: ignore[attr-defined]
                seen.milliseconds.append((time.monotonic() - began) * 1000)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert begun.wait(20), "the honest client cannot connect"
        yield seen
    finally:
        over.set()
        thread.join()


def until(condition: Callable[[], bool], seconds: float) -> None:
    """Wait for a condition; fails the test when it does not come true in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.05)
