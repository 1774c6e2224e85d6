"""The edge: a real Envoy in its own folder, configured by files there."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from typing import TYPE_CHECKING

from services.mesh import pki
from services.mesh.render import bootstrap, files
from services.mesh.settings import inherited_environment
from services.mesh.supervisor.unit import Command
from services.mesh.topology import EDGE

if TYPE_CHECKING:
    from pathlib import Path

    from services.mesh.layout import Layout
    from services.mesh.settings import MeshSettings

_DRAIN_SECONDS = 5.0


class Envoy:
    """The program of the edge."""

    name: str = EDGE
    component: str = EDGE
    stop_signal = signal.SIGTERM
    stop_seconds = 10.0
    start_seconds = 30.0

    def __init__(self, layout: Layout, settings: MeshSettings, binary: Path) -> None:
        self._layout = layout
        self._settings = settings
        self._binary = binary

    async def prepare(self) -> Command:
        """Renew the certificate when it is time; everything else was rendered before."""
        pki.ensure(self._layout.pki)
        (self._layout.envoy / bootstrap.ADMIN_SOCKET).unlink(missing_ok=True)
        argv = (
            str(self._binary), "-c", files.BOOTSTRAP_FILE, "--concurrency", str(self._settings.envoy_workers),
            "--disable-hot-restart", "--log-level", "warning", "--drain-time-s", f"{_DRAIN_SECONDS:.0f}",
        )  # fmt: skip
        address = f"localhost:{self._settings.edge_port}"
        return Command(argv, inherited_environment(), self._layout.envoy, address)

    async def probe(self) -> None:
        """Both listeners are up and Envoy says it is live."""
        status, _ = await admin(self._layout.envoy, "GET", "/ready")
        if status != 200:
            raise ConnectionError(f"Envoy answers {status}")
        for port in (self._settings.edge_port, self._settings.plaintext_port):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()

    async def stopping(self) -> None:
        """Let running calls end; new ones are told to go elsewhere."""
        await admin(self._layout.envoy, "POST", "/drain_listeners?graceful")
        async with asyncio.timeout(_DRAIN_SECONDS):
            while await self._active():  # noqa: ASYNC110 - Envoy tells by being asked
                await asyncio.sleep(0.05)

    async def _active(self) -> int:
        _, body = await admin(self._layout.envoy, "GET", "/stats?filter=http.(edge|plaintext).downstream_rq_active")
        return sum(int(line.rpartition(":")[2]) for line in body.splitlines() if ":" in line)


async def admin(folder: Path, method: str, path: str) -> tuple[int, str]:
    """Ask Envoy's admin socket in `folder`; the HTTP status and the body. Raises OSError when it is not there."""
    # A socket's path may have 107 bytes at most; that of the folder's descriptor is short wherever the folder is.
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        reader, writer = await asyncio.open_unix_connection(f"/proc/self/fd/{descriptor}/{bootstrap.ADMIN_SOCKET}")
    finally:
        os.close(descriptor)
    with contextlib.closing(writer):
        writer.write(f"{method} {path} HTTP/1.1\r\nhost: admin\r\nconnection: close\r\n\r\n".encode())
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" in head.lower():
        body = _whole(body)
    return int(head.split(b" ", 2)[1]), body.decode()


def _whole(chunks: bytes) -> bytes:
    """The body that was sent in chunks: each behind its length, the last of length zero."""
    parts: list[bytes] = []
    while chunks:
        length, _, rest = chunks.partition(b"\r\n")
        size = int(length, 16)
        parts.append(rest[:size])
        chunks = rest[size + 2 :] if size else b""
    return b"".join(parts)
