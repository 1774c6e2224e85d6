"""One worker process, as the pool sees it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys

from services.analysis.adapters.engine.frames import PREFIX, decode_answer, encode_job
from services.analysis.adapters.engine.outcome import EngineOutcome
from services.analysis.adapters.engine.settings import EngineSettings
from services.analysis.domain.options import AnalysisOptions
from services.analysis.domain.source import SourceFile
from services.runtime import affinity

_START_SECONDS = 30.0


class WorkerDied(Exception):
    """The process ended, or said something unreadable, before it answered."""


class WorkerProcess:
    """Starts its process when it is first needed, and again after it was stopped."""

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None
        self._served = 0
        self._resident = 0

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start the process and wait until it is ready; raises WorkerDied."""
        if self.alive:
            return
        scratch = self._settings.scratch
        # Spawned, never forked: threads of gRPC do not survive a fork. In a session of its own, so that stopping it
        # takes its ruff along.
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "services.analysis.adapters.engine.worker",
            str(self._settings.worker_memory),
            *([str(scratch)] if scratch else []),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        affinity.let_go(self._process.pid)
        self._served = 0
        try:
            await asyncio.wait_for(self._answer(), _START_SECONDS)
        except TimeoutError as error:
            await self.stop()
            raise WorkerDied from error

    async def run(self, sources: list[SourceFile], options: AnalysisOptions, seconds: float) -> list[EngineOutcome]:
        """The outcomes of a batch. Raises TimeoutError or WorkerDied; the process is then stopped."""
        try:
            await self.start()
            assert self._process is not None and self._process.stdin is not None
            async with asyncio.timeout(seconds):
                self._process.stdin.write(encode_job(sources, options))
                await self._process.stdin.drain()
                outcomes = await self._answer()
        except OSError as error:
            await self.stop()
            if isinstance(error, TimeoutError):
                raise
            raise WorkerDied from error
        except BaseException:
            await self.stop()
            raise
        self._served += len(sources)
        if self._served >= self._settings.worker_files or self._resident >= self._settings.worker_resident:
            await self.stop()
        return outcomes

    async def stop(self) -> None:
        """Kill the process and everything it started."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        if process.stdin is not None:
            process.stdin.close()

    async def _answer(self) -> list[EngineOutcome]:
        assert self._process is not None and self._process.stdout is not None
        stdout = self._process.stdout
        try:
            prefix = await stdout.readexactly(PREFIX)
            outcomes, self._resident = decode_answer(await stdout.readexactly(int.from_bytes(prefix, "big")))
        except (asyncio.IncompleteReadError, ValueError) as error:
            await self.stop()
            raise WorkerDied from error
        return outcomes
