"""Follows what a mesh writes: its logs, and the start of a detached one."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import deque
from typing import TYPE_CHECKING

import click

from services.mesh import operator, welcome
from services.mesh.layout import Layout
from services.mesh.settings import detached_environment
from services.mesh.supervisor.logfile import open_log

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import grpc

    from services.mesh.settings import MeshSettings

_POLL_SECONDS = 0.1
_START_SECONDS = 300.0
SUPERVISOR_LOG = "supervisor.log"


def logs_of(layout: Layout, component: str) -> list[Path]:
    """The log files of a component (all its replicas) or of one process."""
    if any(character in component for character in "/*?["):
        return []
    exact = layout.logs / f"{component}.log"
    return [exact] if exact.exists() else sorted(layout.logs.glob(f"{component}-*.log"))


def show(paths: Sequence[Path], lines: int, endless: bool) -> None:
    """Print the last lines of each file; with several, each line tells whose it is."""
    tails = [_Tail(path, f"{path.stem} | " if len(paths) > 1 else "", lines) for path in paths]
    while True:
        for tail in tails:
            tail.print_new()
        if not endless:
            return
        time.sleep(_POLL_SECONDS)


def start_detached(settings: MeshSettings, arguments: list[str]) -> int:
    """Start `malha up` in a session of its own and show its beginning until it is ready; returns the exit code."""
    layout = Layout(settings.root)
    layout.create()
    path = layout.logs / SUPERVISOR_LOG
    log = open_log(path)
    tail = _Tail(path, "", 0)
    process = subprocess.Popen(
        [sys.executable, "-m", "services.mesh", "up", "--logged", *arguments],
        stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=detached_environment(settings),
    )  # fmt: skip
    end = time.monotonic() + _START_SECONDS
    with _Starting(layout, process.pid) as starting:
        while time.monotonic() < end:
            tail.print_new()
            code = process.poll()
            if code is not None or starting.proven():
                tail.print_new()
                if not code:
                    welcome.show(layout, click.echo)
                return code or 0
            time.sleep(_POLL_SECONDS)
    process.terminate()
    return 1


class _Starting:
    """Asks a mesh that is being started how far it is, over one connection from the moment there is one."""

    def __init__(self, layout: Layout, pid: int) -> None:
        self._layout = layout
        self._pid = pid
        self._channel: grpc.Channel | None = None

    def proven(self) -> bool:
        """Whether its first call through the edge went through."""
        import grpc
        from malha.mesh.v1 import mesh_service_pb2 as pb
        from malha.mesh.v1.mesh_service_pb2_grpc import MeshServiceStub

        try:
            self._channel = self._channel or operator.connect(self._layout)
            topology = MeshServiceStub(self._channel).GetTopology(pb.GetTopologyRequest()).topology
        except operator.NotRunning:
            return False
        except grpc.RpcError:
            # Connect anew: where certificates live for seconds, this one may have ended.
            self.__exit__()
            self._channel = None
            return False
        return bool(topology.proven) and topology.supervisor_pid == self._pid

    def __enter__(self) -> _Starting:
        return self

    def __exit__(self, *_: object) -> None:
        if self._channel is not None:
            self._channel.close()


class _Tail:
    """Prints what is added to a file, from the last `lines` lines on; survives its rotation."""

    def __init__(self, path: Path, prefix: str, lines: int) -> None:
        self._path = path
        self._prefix = prefix
        self._position = self._start(lines)

    def print_new(self) -> None:
        if self._path.stat().st_size < self._position:
            self._position = 0
        with self._path.open("rb") as file:
            file.seek(self._position)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._position += len(whole)
        for line in whole.decode(errors="replace").splitlines():
            click.echo(self._prefix + line)

    def _start(self, lines: int) -> int:
        """The offset at which the last `lines` lines begin."""
        with self._path.open("rb") as file:
            last = deque(file, maxlen=lines)
            return file.tell() - sum(map(len, last))
