"""The endpoint for Prometheus and for whoever asks whether the process lives: /metrics, /livez, /readyz."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

import msgspec
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from services.runtime.health import Health
from services.runtime.settings import Address

# Slower or longer requests are not ours.
_REQUEST_SECONDS = 5.0
_REQUEST_BYTES = 16_384


class Answer(NamedTuple):
    """What to send back."""

    status: str
    content_type: str
    body: bytes


class MetricsServer:
    """A few fixed documents over HTTP/1.1, one request a connection; nothing that would merit a framework."""

    def __init__(self, address: Address, registry: CollectorRegistry, health: Health) -> None:
        self._host, _, port = address.rpartition(":")
        self._port = int(port)
        self._registry = registry
        self._health = health
        self._server: asyncio.Server | None = None
        self._pages: dict[str, Callable[[], Answer]] = {
            "/metrics": self._metrics,
            "/livez": lambda: Answer("200 OK", "text/plain; charset=utf-8", b"ok\n"),
            "/readyz": self._ready,
        }

    async def start(self) -> str:
        """Starts to listen; the address, with the port that was really taken."""
        self._server = await asyncio.start_server(self._serve, self._host.strip("[]"), self._port, limit=_REQUEST_BYTES)
        self._port = self._server.sockets[0].getsockname()[1]
        return f"{self._host}:{self._port}"

    async def close(self) -> None:
        """Stops to listen."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_REQUEST_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(_response(self._answer(head)))
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the other side is gone, or no HTTP client
        finally:
            writer.close()

    def _answer(self, head: bytes) -> Answer:
        words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        if len(words) != 3 or words[0] != "GET":
            return Answer("405 Method Not Allowed", "text/plain; charset=utf-8", b"only GET\n")
        page = self._pages.get(words[1].partition("?")[0])
        return page() if page else Answer("404 Not Found", "text/plain; charset=utf-8", b"no such page\n")

    def _metrics(self) -> Answer:
        return Answer("200 OK", CONTENT_TYPE_LATEST, generate_latest(self._registry))

    def _ready(self) -> Answer:
        health = self._health
        body = msgspec.json.encode(
            {
                "ready": health.serving,
                "dependencies": [
                    {"name": c.name, "healthy": c.healthy, "required": c.required, "error": c.error}
                    for c in health.checks
                ],
            }
        )
        return Answer("200 OK" if health.serving else "503 Service Unavailable", "application/json", body + b"\n")


def _response(answer: Answer) -> bytes:
    head = (
        f"HTTP/1.1 {answer.status}\r\nContent-Type: {answer.content_type}\r\n"
        f"Content-Length: {len(answer.body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode("latin-1") + answer.body
