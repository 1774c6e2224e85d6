"""One file per running process, so that a supervisor knows what a killed one left behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from services.mesh.layout import write_private
from services.mesh.topology import Backing

if TYPE_CHECKING:
    from pathlib import Path

_SUFFIX = ".pid.json"


@dataclass(frozen=True, slots=True)
class Record:
    """A process: its id, and its start time against the reuse of ids."""

    name: str
    pid: int
    started: float
    stop_signal: int

    def alive(self) -> bool:
        """Whether this very process still runs."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < 1.0
            return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


def write(folder: Path, name: str, pid: int, stop_signal: int) -> Record | None:
    """Note that process `pid` runs as `name`; None when it is already gone."""
    try:
        started = psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return None
    record = Record(name, pid, started, stop_signal)
    text = json.dumps({"name": name, "pid": pid, "started": started, "stop_signal": int(stop_signal)})
    write_private(folder / f"{name}{_SUFFIX}", text)
    return record


def remove(folder: Path, name: str) -> None:
    """Forget the process `name`."""
    (folder / f"{name}{_SUFFIX}").unlink(missing_ok=True)


def read_all(folder: Path) -> list[Record]:
    """The noted processes, latest started first; a file that a crash cut short counts for nothing."""
    records = []
    for path in folder.glob(f"*{_SUFFIX}"):
        with contextlib.suppress(ValueError, TypeError):
            records.append(Record(**json.loads(path.read_text())))
    return sorted(records, key=lambda record: record.started, reverse=True)


def stop_leftovers(folder: Path, patience: float = 10.0) -> list[str]:
    """Stop what a killed supervisor left running, and return the names.

    What keeps data goes last, so that the others can still finish their calls. Each is asked by its own signal and
    killed with its process group when it has not ended after `patience` seconds.
    """
    records = read_all(folder)
    stopped = [record.name for record in records if record.alive()]
    for keeps_data in (False, True):
        wave = [record for record in records if (record.name in tuple(Backing)) is keeps_data]
        _stop([record for record in wave if record.alive()], patience)
        for record in wave:
            kill_group(record.pid)
            remove(folder, record.name)
    return stopped


def kill_group(pid: int) -> None:
    """Kill what is left of the process group that `pid` leads: the helpers of a process that died."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _stop(records: list[Record], patience: float) -> None:
    for record in records:
        with contextlib.suppress(ProcessLookupError):
            os.kill(record.pid, record.stop_signal)
            os.kill(record.pid, signal.SIGCONT)  # a stopped process would not see the other signal
    end = time.monotonic() + patience
    while any(record.alive() for record in records) and time.monotonic() < end:
        time.sleep(0.02)
