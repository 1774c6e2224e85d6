"""One process under supervision: started, awaited, restarted with back-off, stopped."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from services.mesh.supervisor import pidfile
from services.mesh.supervisor.errors import StartFailed
from services.mesh.supervisor.logfile import open_log
from services.mesh.supervisor.view import ReplicaState as State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.mesh.layout import Layout

_PROBE_SECONDS = 0.05
_WATCH_SECONDS = 1.0
_FIRST_BACKOFF = 0.1
_LAST_BACKOFF = 5.0
# A process that lived this long starts its back-off anew, and comes back without a wait.
_HEALTHY_SECONDS = 10.0
# A program that was never ready is given up when it has ended so often.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Command:
    """How a process is started."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    address: str
    """Where it listens, for people and for `status`."""


class Program(Protocol):
    """What a unit runs. `prepare` may choose a new port each time."""

    name: str
    component: str
    stop_signal: signal.Signals
    stop_seconds: float
    start_seconds: float

    async def prepare(self) -> Command:
        """Make everything ready for a start and say how to do it."""

    async def probe(self) -> None:
        """Raise unless the process does its work now."""

    async def stopping(self) -> None:
        """Called before the stop signal is sent."""


@dataclass(slots=True)
class Unit:
    """Keeps one program running. `changed` is called at every change of state."""

    program: Program
    layout: Layout
    changed: Callable[[Unit], None]
    state: State = State.STOPPED
    pid: int | None = None
    address: str = ""
    restarts: int = 0
    _process: asyncio.subprocess.Process | None = None
    _task: asyncio.Task[None] | None = None
    _ready: asyncio.Event = field(default_factory=asyncio.Event)
    _stop: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def ready(self) -> bool:
        """Whether the last probe succeeded."""
        return self.state is State.READY

    @property
    def log(self) -> Path:
        """The file that holds the output of all its runs."""
        return self.layout.logs / f"{self.program.name}.log"

    async def start(self) -> None:
        """Start the program and wait until it is ready; raises StartFailed, early when it ends again and again."""
        self._stop.clear()
        self._ready.clear()
        self.restarts = 0
        self._task = asyncio.create_task(self._supervise(), name=f"unit-{self.program.name}")
        ready = asyncio.create_task(self._ready.wait())
        try:
            await asyncio.wait(
                {ready, self._task}, timeout=self.program.start_seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            ready.cancel()
        if not self._ready.is_set():
            await self.stop()
            text = f"{self.program.name} did not become ready; the end of {self.log}:\n{self._log_end()}"
            raise StartFailed(text, self.program.component)

    async def stop(self) -> None:
        """Stop the program: by its signal, then, when its time is over, by force."""
        self._stop.set()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        self._set(State.STOPPED)

    async def restart(self) -> None:
        """Stop the program, then start it again."""
        await self.stop()
        await self.start()

    async def _supervise(self) -> None:
        backoff = _FIRST_BACKOFF
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                await self._run_once()
            except Exception as error:
                self._note(f"could not start: {type(error).__name__}: {error}")
            if self._stop.is_set():
                break
            self.restarts += 1
            if self.restarts >= _TRIES and not self._ready.is_set():
                return  # it never was ready: `start` says so
            self._set(State.BACKING_OFF)
            if time.monotonic() - began > _HEALTHY_SECONDS:
                backoff = _FIRST_BACKOFF
                continue
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), backoff)
            backoff = min(backoff * 2, _LAST_BACKOFF)

    async def _run_once(self) -> None:
        command = await self.program.prepare()
        self.address = command.address
        log = open_log(self.log)
        try:
            process = await asyncio.create_subprocess_exec(
                *command.argv, env=dict(command.environment), cwd=command.folder,
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,  # a Ctrl-C at the terminal is for the supervisor alone
            )  # fmt: skip
        finally:
            os.close(log)
        self._process, self.pid = process, process.pid
        try:
            self._write_record(process.pid)
            self._set(State.STARTING)
            await self._watch(process)
        finally:
            pidfile.kill_group(process.pid)
            pidfile.remove(self.layout.run, self.program.name)
            self._process = self.pid = None
        if not self._stop.is_set():
            self._note(f"ended unexpectedly with {process.returncode}")

    def _write_record(self, pid: int) -> None:
        # Without it, say on a full disk, a later supervisor would not know of the process; no reason not to serve.
        with contextlib.suppress(OSError):
            pidfile.write(self.layout.run, self.program.name, pid, self.program.stop_signal)

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        """Return when the process has ended, by itself or because it was to stop."""
        ended = asyncio.create_task(process.wait())
        stop = asyncio.create_task(self._stop.wait())
        probing = asyncio.create_task(self._probe())
        try:
            await asyncio.wait({ended, stop}, return_when=asyncio.FIRST_COMPLETED)
            probing.cancel()
            if not ended.done():
                await self._end(process)
            await ended
        finally:
            for task in (ended, stop, probing):
                task.cancel()

    async def _probe(self) -> None:
        while True:
            try:
                await asyncio.wait_for(self.program.probe(), 2.0)
            except Exception:
                if self.state is State.READY:
                    self._set(State.UNREADY)
            else:
                self._set(State.READY)
                self._ready.set()
            await asyncio.sleep(_WATCH_SECONDS if self.state is State.READY else _PROBE_SECONDS)

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        self._set(State.DRAINING)
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self.program.stopping(), self.program.stop_seconds)
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(self.program.stop_signal)
        try:
            await asyncio.wait_for(asyncio.shield(process.wait()), self.program.stop_seconds)
        except TimeoutError:
            self._note(f"did not stop within {self.program.stop_seconds:g} s: killed")
            with contextlib.suppress(ProcessLookupError):
                process.kill()

    def _set(self, state: State) -> None:
        if state is not self.state:
            self.state = state
            self.changed(self)

    def _note(self, text: str) -> None:
        """Add a line of the supervisor's to the log of the program."""
        with contextlib.suppress(OSError), os.fdopen(open_log(self.log), "a") as file:
            file.write(f"[malha up] {self.program.name} {text}\n")

    def _log_end(self, lines: int = 20) -> str:
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except FileNotFoundError:
            return ""
