"""A server of the limiter's kind within the test's own process, and a client that sends exactly what a test says."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import hpack
from google.rpc import error_details_pb2, status_pb2
from prometheus_client import CollectorRegistry

from services.limits.errors import error_map
from services.limits.wire import frames
from services.limits.wire.call import Call, Route
from services.limits.wire.connection import Bounds
from services.limits.wire.frames import Code, Frame, FrameReader
from services.limits.wire.gate import Gate
from services.limits.wire.replies import framed
from services.limits.wire.server import WireServer
from services.limits.wire.tls import Contexts
from services.runtime.identity.refusals import Refusals
from services.runtime.interceptors.metrics import Metrics
from services.runtime.method import Method, Shape

ECHO, HOLD, BREAK = "/test.Wire/Echo", "/test.Wire/Hold", "/test.Wire/Break"
HEAD = [
    (":method", "POST"), (":scheme", "http"), (":path", ECHO), (":authority", "localhost"),
    ("content-type", "application/grpc"), ("te", "trailers"),
]  # fmt: skip


@dataclass
class Served:
    """A running server with three methods: one answers what it is asked, one answers when the test does, one breaks."""

    server: WireServer
    registry: CollectorRegistry
    held: list[Call]
    address: str = ""

    @property
    def running(self) -> float:
        """How many calls are counted as running."""
        return self.registry.get_sample_value("grpc_server_running") or 0.0

    def handled(self, code: str, method: str = "Echo") -> float:
        """How many calls of a method ended so, whoever made them."""
        return sum(
            sample.value
            for family in self.registry.collect()
            for sample in family.samples
            if sample.name == "grpc_server_handled_total"
            and (sample.labels["grpc_code"], sample.labels["grpc_method"]) == (code, method)
        )

    def refused(self, reason: str) -> float:
        """How many peers were refused for a reason."""
        return self.registry.get_sample_value("malha_refused_peers_total", {"reason": reason}) or 0.0


@asynccontextmanager
async def serving(identity: Path | None = None, streams: int = 64, seconds: float = 1800.0) -> AsyncIterator[Served]:
    """A server at a free port."""
    registry = CollectorRegistry()
    refusals = Refusals(registry)
    held: list[Call] = []

    def broken(call: Call, message: bytes) -> None:
        raise RuntimeError("a secret")

    behaviours = {ECHO: Call.answer, HOLD: lambda call, _: held.append(call), BREAK: broken}
    routes = [Route(_method(path), serve) for path, serve in behaviours.items()]
    gate = Gate(routes, error_map(), Metrics(registry), refusals, 32)
    contexts = None if identity is None else Contexts(identity, registry)
    served = Served(WireServer(gate, Bounds(streams, seconds), refusals, contexts), registry, held)
    served.address = await served.server.start("127.0.0.1:0")
    try:
        yield served
    finally:
        await served.server.stop(0)


def _method(path: str) -> Method:
    _, service, name = path.split("/")
    return Method(
        path=path, service=service, name=name, shape=Shape.UNARY_UNARY, parse=bytes, timeout=5.0, platform=True,
        peers=frozenset({"envoy"}),
    )  # fmt: skip


class Raw:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.encoder = hpack.Encoder()
        self.decoder = hpack.Decoder()
        self._frames = FrameReader()
        self._frames.begun = True
        self._got: list[Frame] = []
        self.credit = 0
        """What the server has given us for the connection since its greeting was read."""

    def send(self, *raw: bytes) -> None:
        """Sends bytes as they are."""
        self.writer.write(b"".join(raw))

    def greet(self, settings: Sequence[tuple[int, int]] = ()) -> None:
        """Begins as a client should."""
        self.send(frames.PREFACE, frames.settings(settings), frames.frame(frames.SETTINGS, frames.ACK, 0))
        self.encoder.header_table_size = 0

    def head(self, stream: int, changes: dict[str, str] | None = None, flags: int = frames.END_HEADERS) -> bytes:
        """The frame that begins a call."""
        fields = {**dict(HEAD), **(changes or {})}
        return frames.frame(frames.HEADERS, flags, stream, self.encoder.encode([*fields.items()]))

    def pieces(self, stream: int, changes: dict[str, str]) -> list[bytes]:
        """The head of a call in as many frames as it needs."""
        block = self.head(stream, changes)[9:]
        parts = [block[at : at + frames.LARGEST_FRAME] for at in range(0, len(block), frames.LARGEST_FRAME)]
        kinds = [frames.HEADERS] + [frames.CONTINUATION] * (len(parts) - 1)
        flags = [0] * (len(parts) - 1) + [frames.END_HEADERS]
        return [frames.frame(kind, flag, stream, part) for kind, flag, part in zip(kinds, flags, parts, strict=True)]

    def body(self, stream: int, message: bytes = b"hello", flags: int = frames.END_STREAM) -> bytes:
        """The frame with a message."""
        return frames.frame(frames.DATA, flags, stream, framed(message))

    def ask(self, stream: int, message: bytes = b"hello", **changes: str) -> None:
        """Makes a call."""
        self.send(self.head(stream, {key.replace("_", "-"): value for key, value in changes.items()}))
        self.send(self.body(stream, message))

    async def frame(self) -> Frame | None:
        """The next frame; None when there will be no other."""
        while not self._got:
            try:
                data = await asyncio.wait_for(self.reader.read(65_536), 10)
            except ConnectionError:
                return None
            if not data:
                return None
            self._got += self._frames.feed(data)
        got = self._got.pop(0)
        if got[0] == frames.WINDOW_UPDATE and not got[2]:
            self.credit += int.from_bytes(got[3], "big")
        return got

    async def on(self, stream: int) -> Frame:
        """The next frame on a stream."""
        while (got := await self.frame()) is not None:
            if got[2] == stream:
                return got
        raise AssertionError("the connection has ended")

    async def until(self, kind: int, stream: int | None = None) -> Frame:
        """The next frame of a kind."""
        while (got := await self.frame()) is not None:
            if got[0] == kind and stream in (None, got[2]):
                return got
        raise AssertionError("the connection has ended")

    async def farewell(self) -> Code:
        """Why the server ends the connection."""
        got = await self.until(frames.GOAWAY)
        return Code(int.from_bytes(got[3][4:8], "big"))

    async def outcome(self, stream: int) -> tuple[dict[str, str], bytes]:
        """Headers and trailers, and the message, of a call."""
        fields: dict[str, str] = {}
        data = b""
        while True:
            got = await self.frame()
            assert got is not None, "the connection has ended"
            kind, flags, where, payload = got
            if kind == frames.HEADERS:
                found = self.decoder.decode(payload)
                fields |= {str(name): str(value) for name, value in found} if where == stream else {}
            if where == stream and kind == frames.DATA:
                data += payload
            if where == stream and flags & frames.END_STREAM:
                return fields, data[5:]

    async def serves(self, stream: int) -> bool:
        """Whether a call succeeds."""
        self.ask(stream)
        fields, message = await self.outcome(stream)
        return (fields.get("grpc-status"), message) == ("0", b"hello")


@asynccontextmanager
async def connected(served: Served, context: ssl.SSLContext | None = None, greet: bool = True) -> AsyncIterator[Raw]:
    """A client's connection."""
    host, _, port = served.address.rpartition(":")
    name: Any = None if context is None else "limits.malha.local"
    reader, writer = await asyncio.open_connection(host, int(port), ssl=context, server_hostname=name)
    client = Raw(reader, writer)
    if greet:
        client.greet()
    try:
        yield client
    finally:
        writer.transport.abort()


def details(fields: dict[str, str]) -> error_details_pb2.ErrorInfo:
    """The reason of a failure."""
    raw = fields["grpc-status-details-bin"]
    found = status_pb2.Status.FromString(base64.b64decode(raw + "=" * (-len(raw) % 4)))
    info = error_details_pb2.ErrorInfo()
    assert found.details[0].Unpack(info)
    return info


def status(fields: dict[str, str]) -> grpc.StatusCode:
    """The status of a call."""
    number = int(fields["grpc-status"])
    return next(code for code in grpc.StatusCode if code.value[0] == number)
