"""The side that asks for a refresh."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from typing import Final

import msgspec

from services.pricing.adapters.refreshing.words import LONGEST_LINE, encoded, error_of, word_of
from services.pricing.domain.loads import Phase, RefreshProgress, RefreshRequest
from services.runtime import affinity
from services.runtime.exceptions import DependencyUnavailable

_END_SECONDS: Final = 10.0


class RefreshProcess:
    """Refreshes as `services.pricing.usecases.refresh_catalog` does, in a process of low priority that is started for
    it, and that ends with it: also when this process dies."""

    def __init__(self, command: Sequence[str], end_seconds: float = _END_SECONDS) -> None:
        """`command` starts a process that calls `services.pricing.adapters.refreshing.child.run`."""
        self._command = command
        self._end_seconds = end_seconds

    async def __call__(self, request: RefreshRequest) -> AsyncGenerator[RefreshProgress]:
        """How far it is; see Refresh. Raises DependencyUnavailable, too, when the process is gone before its end."""
        process = await asyncio.create_subprocess_exec(
            *self._command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LONGEST_LINE
        )
        affinity.let_go(process.pid)
        ends = False
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            with suppress(ConnectionError):
                process.stdin.write(encoded(request))
                await process.stdin.drain()
            while line := await process.stdout.readline():
                ends = True
                progress = _progress(line)
                ends = progress.phase is Phase.DONE
                yield progress
                if ends:
                    return
            raise DependencyUnavailable("refresh process")
        finally:
            await asyncio.shield(self._end(process, ends))

    async def _end(self, process: asyncio.subprocess.Process, ends: bool) -> None:
        """Lets it end by itself, which takes back what it has done so far; one that `ends` is not told to."""
        if process.stdin is not None and not ends:
            process.stdin.close()
        try:
            async with asyncio.timeout(self._end_seconds):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        if process.stdin is not None:
            process.stdin.close()


def _progress(line: bytes) -> RefreshProgress:
    try:
        word = word_of(line)
    except msgspec.MsgspecError:
        raise DependencyUnavailable("refresh process") from None
    if word.failure is not None:
        raise error_of(word.failure)
    if word.progress is None:
        raise DependencyUnavailable("refresh process")
    return word.progress
