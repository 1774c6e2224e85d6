"""The side that refreshes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, aclosing, suppress
from typing import Final

import structlog

from services.pricing.adapters.refreshing.words import LONGEST_LINE, Word, encoded, failure_of, request_of
from services.pricing.domain.loads import RefreshRequest
from services.pricing.ports import Refresh

_WORD_SECONDS: Final = 0.1
_LOG = structlog.get_logger("refresh")


async def run(open_refresh: Callable[[], AbstractAsyncContextManager[Refresh]]) -> None:
    """Reads a request from standard input, and writes to standard output how far it is, until all is done or standard
    input ends: then nobody waits for it any more.

    Whatever else is written to standard output from here on goes to standard error. `open_refresh` makes what
    refreshes.
    """
    told = os.dup(1)
    os.dup2(2, 1)
    reader, writer = await _reader(), await _writer(told)
    request = request_of(await reader.readline())
    work = asyncio.create_task(_work(open_refresh, request, writer), name="refresh")
    # Nothing follows the request: what comes is the end.
    gone = asyncio.create_task(reader.read(1), name="asker")
    await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
    for task in (work, gone):
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    writer.close()


async def _work(
    open_refresh: Callable[[], AbstractAsyncContextManager[Refresh]],
    request: RefreshRequest,
    writer: asyncio.StreamWriter,
) -> None:
    try:
        async with open_refresh() as refresh, aclosing(refresh(request)) as steps:
            async for progress in steps:
                writer.write(encoded(Word(progress)))
                # Until it is taken: a slow reader is told less often, and the refresh goes on meanwhile.
                await writer.drain()
                # Each word costs those who pass it on something, all the way to whoever asked.
                await asyncio.sleep(_WORD_SECONDS)
    except ConnectionError:
        return
    except Exception as error:
        failure = failure_of(error)
        if failure.kind == "other":
            _LOG.error("a refresh failed", error=type(error).__name__, exc_info=error)
        writer.write(encoded(Word(failure=failure)))
        with suppress(ConnectionError):
            await writer.drain()


async def _reader() -> asyncio.StreamReader:
    reader = asyncio.StreamReader(LONGEST_LINE)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(0, "rb", closefd=False))
    return reader


async def _writer(number: int) -> asyncio.StreamWriter:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, os.fdopen(number, "wb"))
    transport.set_write_buffer_limits(high=0)
    return asyncio.StreamWriter(transport, protocol, None, loop)
