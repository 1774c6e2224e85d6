"""A local HTTP server that replays the answers of price interfaces, their faults included."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Request:
    """What was asked."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path


@dataclass(frozen=True)
class Answer:
    """What is answered. `cut` bytes of the body are sent and the connection is closed; `ranges` honours Range."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    ranges: bool = False
    framed: bool = True
    """Says the length; False ends with the connection, as HTTP/1.0 did."""
    after: asyncio.Event | None = None
    """The body comes when this is set."""


def zipped(answer: Answer) -> Answer:
    """The same, compressed."""
    return replace(answer, body=gzip.compress(answer.body), headers=answer.headers | {"content-encoding": "gzip"})


class PriceServer:
    """Answers by path, each list in order and its last answer again and again; what is not there is 404."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._answers: dict[str, list[Answer | Callable[[Request], Answer]]] = {}
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def on(self, path: str, *answers: Answer | Callable[[Request], Answer]) -> None:
        """From now on a path is answered so."""
        self._answers[path] = list(answers)

    def asked(self, path: str) -> list[Request]:
        """The requests for a path."""
        return [request for request in self.requests if request.path == path]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    request = await _read(reader)
                    self.requests.append(request)
                    if not await self._answer(request, writer):
                        break
                writer.close()
                await writer.wait_closed()
        finally:
            writer.transport.abort()

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection stays open."""
        answers = self._answers.get(request.path) or [Answer(status=404)]
        chosen = answers.pop(0) if len(answers) > 1 else answers[0]
        answer = chosen(request) if callable(chosen) else chosen
        status, body, headers = answer.status, answer.body, dict(answer.headers)
        if answer.ranges:
            headers["accept-ranges"] = "bytes"
            begin = request.headers.get("range", "").removeprefix("bytes=").removesuffix("-")
            if begin and request.headers.get("if-range") == headers.get("etag"):
                headers["content-range"] = f"bytes {begin}-{len(body) - 1}/{len(body)}"
                status, body = 206, body[int(begin) :]
        if answer.framed:
            headers["content-length"] = str(len(body))
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"HTTP/1.1 {status} Said\r\n{head}\r\n".encode())
        if answer.after is not None:
            await writer.drain()
            await answer.after.wait()
        writer.write(body if answer.cut is None else body[: answer.cut])
        await writer.drain()
        return answer.cut is None and answer.framed


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, target, headers, body)


@contextlib.asynccontextmanager
async def price_server() -> AsyncIterator[PriceServer]:
    """A server on a port that the system chose."""
    served = PriceServer()
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        await served.serve(reader, writer)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
