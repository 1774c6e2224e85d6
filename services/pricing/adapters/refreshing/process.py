"""The side that asks for a refresh."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Final

import msgspec

from services.pricing.adapters.refreshing.words import LONGEST_LINE, encoded, error_of, word_of
from services.pricing.domain.loads import Phase, RefreshProgress, RefreshRequest
from services.runtime import affinity
from services.runtime.exceptions import DependencyUnavailable

_END_SECONDS: Final = 10.0
_STARTS: Final = 3


class RefreshProcess:
    """Refreshes as `services.pricing.usecases.refresh_catalog` does, in a process of low priority that is started for
    it, and that ends with it: also when this process dies."""

    def __init__(self, command: Sequence[str], end_seconds: float = _END_SECONDS) -> None:
        """`command` starts a process that calls `services.pricing.adapters.refreshing.child.run`."""
        self._command = command
        self._end_seconds = end_seconds

    async def __call__(self, request: RefreshRequest) -> AsyncGenerator[RefreshProgress]:
        """How far it is; see Refresh. Raises DependencyUnavailable, too, when the process is gone before its end."""
        process = await self._started(request)
        assert process.stdout is not None
        ends = False
        try:
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

    async def _started(self, request: RefreshRequest) -> asyncio.subprocess.Process:
        """A process that was told what to do. Raises DependencyUnavailable when none can be had."""
        for _ in range(_STARTS):
            process = await asyncio.create_subprocess_exec(
                *self._command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LONGEST_LINE
            )
            affinity.let_go(process.pid)
            assert process.stdin is not None
            try:
                process.stdin.write(encoded(request))
                await process.stdin.drain()
            except (RuntimeError, ConnectionError):
                # uvloop now and then gives a pipe that is closed already. Who was told nothing has done nothing.
                await asyncio.shield(self._end(process, ends=False))
            except BaseException:
                await asyncio.shield(self._end(process, ends=False))
                raise
            else:
                return process
        raise DependencyUnavailable("refresh process")

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
