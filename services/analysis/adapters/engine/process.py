"""One worker process, seen from the service."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

from services.analysis.adapters.engine.frames import (
    LENGTH_BYTES,
    FrameInvalid,
    decode_reply,
    encode_task,
    frame_length,
)
from services.analysis.adapters.engine.outcome import EngineOutcome
from services.analysis.adapters.engine.settings import EngineSettings
from services.analysis.domain.options import AnalysisOptions
from services.analysis.domain.source import SourceFile

START_SECONDS = 20.0


class WorkerLost(Exception):
    """The worker died, or does not speak our language."""


class WorkerProcess:
    """A worker that takes one batch at a time. It is a process of its own from the start, never a fork of the service:
    gRPC's threads do not survive a fork."""

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None
        self.files = 0
        self.resident = 0

    @property
    def alive(self) -> bool:
        """Whether there is a process that can take a batch."""
        return self._process is not None and self._process.returncode is None

    @property
    def worn(self) -> bool:
        """Whether the worker has done or holds so much that a fresh one is better."""
        return self.files >= self._settings.worker_files or self.resident >= self._settings.worker_resident

    async def start(self) -> None:
        """Start the process and wait until it is ready. Raises WorkerLost or TimeoutError."""
        scratch = self._settings.scratch
        arguments = [str(self._settings.worker_memory), *([str(scratch)] if scratch else [])]
        self.files = 0
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.analysis.adapters.engine.worker", *arguments,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # so that its ruff can be killed with it
        )  # fmt: skip
        async with asyncio.timeout(START_SECONDS):
            _, self.resident = decode_reply(await self._read(), [])

    async def run(
        self, batch: Sequence[SourceFile], options: AnalysisOptions, queued: Sequence[float], seconds: float
    ) -> list[EngineOutcome]:
        """The outcomes of a batch. Raises TimeoutError after `seconds`, WorkerLost when the worker dies of it; the
        worker is of no use after either, nor after a cancellation."""
        process = self._process
        if process is None or process.stdin is None:
            raise WorkerLost
        async with asyncio.timeout(seconds):
            try:
                process.stdin.write(encode_task(batch, options))
                await process.stdin.drain()
                outcomes, self.resident = decode_reply(await self._read(), queued)
            except (OSError, FrameInvalid) as error:
                raise WorkerLost from error
        self.files += len(batch)
        return outcomes

    async def kill(self) -> None:
        """End the process and what it started, at once."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()

    async def _read(self) -> bytes:
        assert self._process is not None
        stream = self._process.stdout
        assert stream is not None
        try:
            return await stream.readexactly(frame_length(await stream.readexactly(LENGTH_BYTES)))
        except asyncio.IncompleteReadError as error:
            raise WorkerLost from error
