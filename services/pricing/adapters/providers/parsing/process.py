"""The worker process, as a source sees it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

import msgspec

from services.pricing.adapters.providers.parsing.frames import (
    PREFIX,
    Answer,
    Brought,
    Done,
    Failed,
    Fetch,
    Message,
    Part,
    Received,
    Task,
    decode_answer,
    encode,
)
from services.pricing.adapters.providers.requests import Fetched
from services.pricing.adapters.providers.settings import FetchSettings
from services.pricing.domain.offers import Provider
from services.pricing.domain.readings import SourceFailed, SourceFailure
from services.runtime import affinity

_SILENCE_SECONDS = 300.0
"""A parser says something every 20,000 rows; one that is silent for so long, has lost its way."""


_GRACE_SECONDS = 30.0
"""How much longer than a download may take is waited for its worker to say so."""


class WorkerProcess:
    """One process for one reading of one provider."""

    def __init__(self, provider: Provider, settings: FetchSettings) -> None:
        self._provider = provider
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None
        self.done = Done()
        """How the last document ended."""

    async def fetch(self, message: Fetch, progress: Callable[[int, int | None], None]) -> Fetched | None:
        """The document, or None when it is what was known. Raises SourceFailed; after that the process is gone."""
        seconds = message.settings.total_seconds + _GRACE_SECONDS
        brought: Fetched | None = None
        async with aclosing(self._ask(message, message.document.url, seconds)) as answers:
            async for answer in answers:
                if isinstance(answer, Received):
                    progress(answer.received, answer.total)
                elif isinstance(answer, Brought):
                    brought = answer.fetched
        return brought

    async def parse(self, task: Task) -> AsyncGenerator[Part, None]:
        """Parts as they come; `done` is set at their end. Raises SourceFailed.

        After a failure, and when it is closed before the end, the process is gone.
        """
        async with aclosing(self._ask(task, task.document, _SILENCE_SECONDS)) as answers:
            async for answer in answers:
                if isinstance(answer, Part):
                    yield answer
                elif isinstance(answer, Done):
                    self.done = answer

    async def _ask(self, message: Message, url: str, seconds: float) -> AsyncGenerator[Answer, None]:
        """All answers to a message; each is waited for so many seconds at most."""
        try:
            process = await self._started()
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(encode(message))
            await process.stdin.drain()
            last = False
            while not last:
                answer = await self._answer(process.stdout, seconds)
                if isinstance(answer, Failed):
                    raise SourceFailed(url, answer.why, answer.detail)
                last = isinstance(answer, Done | Brought)
                yield answer
        except (asyncio.IncompleteReadError, OSError, msgspec.DecodeError) as error:
            await self.stop()
            raise SourceFailed(url, SourceFailure.INVALID, "the worker process ended or fell silent") from error
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Kill the process, if there is one."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        if process.stdin is not None:
            process.stdin.close()

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is None:
            # Spawned, never forked: threads of gRPC do not survive a fork.
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "services.pricing.adapters.providers.parsing.worker",
                self._provider,
                str(self._settings.worker_memory),
                "yes" if self._settings.gives_way else "no",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
            affinity.let_go(self._process.pid)
        return self._process

    async def _answer(self, stdout: asyncio.StreamReader, seconds: float) -> Answer:
        async with asyncio.timeout(seconds):
            prefix = await stdout.readexactly(PREFIX)
            return decode_answer(await stdout.readexactly(int.from_bytes(prefix, "big")))
