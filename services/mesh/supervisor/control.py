"""The supervisor's Unix socket: one JSON line in, JSON lines out."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from pathlib import Path

Message = dict[str, Any]


class NotRunning(Exception):
    """No supervisor answers for this state folder."""


@contextlib.asynccontextmanager
async def serving(path: Path, handle: Callable[[Message], Awaitable[Message]]) -> AsyncIterator[None]:
    """Answer on `path`, for this user only, while the block runs."""
    path.unlink(missing_ok=True)  # noqa: ASYNC240 - a local socket, at once

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(OSError, ValueError):
            answer = await handle(json.loads(await reader.readline()))
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()

    with _short(path) as short:
        server = await asyncio.start_unix_server(connected, short)
    path.chmod(0o600)  # noqa: ASYNC240 - a local socket, at once
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)  # noqa: ASYNC240 - a local socket, at once


async def ask(path: Path, question: Message, patience: float = 2.0) -> Message:
    """The supervisor's answer; raises NotRunning."""
    try:
        async with asyncio.timeout(patience):
            with _short(path) as short:
                reader, writer = await asyncio.open_unix_connection(short)
            with contextlib.closing(writer):
                writer.write(json.dumps(question).encode() + b"\n")
                answer: Message = json.loads(await reader.readline())
                return answer
    except (OSError, ValueError, TimeoutError) as error:
        raise NotRunning(str(path)) from error


@contextlib.contextmanager
def _short(path: Path) -> Iterator[str]:
    """A name for `path` that fits into the 107 bytes of a socket's address, however deep the state folder is."""
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{path.name}"
    finally:
        os.close(descriptor)
