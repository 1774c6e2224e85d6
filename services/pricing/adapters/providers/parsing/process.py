"""The parser process, as a source sees it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncGenerator

import msgspec

from services.pricing.adapters.providers.parsing.frames import PREFIX, Done, Failed, Part, Task, decode_answer, encode
from services.pricing.domain.offers import Provider
from services.pricing.domain.readings import SourceFailed, SourceFailure
from services.runtime import affinity

_SILENCE_SECONDS = 300.0
"""A parser says something every 20,000 rows; one that is silent for so long, has lost its way."""


class ParserProcess:
    """One process for one reading of one provider."""

    def __init__(self, provider: Provider, memory: int) -> None:
        self._provider = provider
        self._memory = memory
        self._process: asyncio.subprocess.Process | None = None
        self.done = Done()
        """How the last document ended."""

    async def parse(self, task: Task) -> AsyncGenerator[Part, None]:
        """Parts as they come; `done` is set at their end. Raises SourceFailed.

        After a failure, and when it is closed before the end, the process is gone.
        """
        try:
            process = await self._started()
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(encode(task))
            await process.stdin.drain()
            while True:
                answer = await self._answer(process.stdout)
                if isinstance(answer, Failed):
                    raise SourceFailed(task.document, answer.why, answer.detail)
                if isinstance(answer, Done):
                    self.done = answer
                    return
                yield answer
        except (asyncio.IncompleteReadError, OSError, msgspec.DecodeError) as error:
            await self.stop()
            raise SourceFailed(
                task.document, SourceFailure.INVALID, "the parser process ended or fell silent"
            ) from error
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
                str(self._memory),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
            affinity.let_go(self._process.pid)
        return self._process

    async def _answer(self, stdout: asyncio.StreamReader) -> Part | Done | Failed:
        async with asyncio.timeout(_SILENCE_SECONDS):
            prefix = await stdout.readexactly(PREFIX)
            return decode_answer(await stdout.readexactly(int.from_bytes(prefix, "big")))
