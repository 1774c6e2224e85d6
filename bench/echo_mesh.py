"""A mesh with one echo replica, and a bare grpcio echo that can stand in for it behind the edge."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.mesh.topology import EDGE
from tests.support.mesh_process import Mesh, mesh, wait_until

ECHO = "/malha.testing.v1.EchoService/Echo"
_SETTLE_SECONDS = 2.0


@dataclass(frozen=True)
class EchoMesh:
    """The processes and addresses of a benchmark."""

    running: Mesh
    bare: str
    """The bare echo, to be called directly, in plaintext."""
    bare_behind: str
    """The bare echo as Envoy reaches it."""
    pids: dict[str, int]
    """The processes whose time is of interest."""

    def put_behind(self, *, bare: bool) -> None:
        """Let the edge send its calls to the bare echo, or to the echo service on the full runtime."""
        managed = self.running.component("echo")["replicas"][0]
        self.running.run("drain", managed["name"], *([] if bare else ["--undo"]))
        os.kill(self.pids["bare"], signal.SIGUSR1 if bare else signal.SIGUSR2)
        wanted = self.bare_behind if bare else managed["address"]
        endpoints = self.running.state / "envoy" / "endpoints-echo.yaml"

        def alone() -> bool:
            published = endpoints.read_text()
            return wanted.rpartition(":")[2] in published and published.count("port_value") == 1

        wait_until(alone, 15, f"{wanted} is alone behind the edge")
        time.sleep(_SETTLE_SECONDS)  # until Envoy has found it healthy and nothing is under way to the other


@contextmanager
def echo_mesh() -> Iterator[EchoMesh]:
    """Both echoes, the service behind the edge; traces at the mesh's usual ratio."""
    with (
        tempfile.TemporaryDirectory(prefix="malha-bench-") as folder,
        mesh(Path(folder, "state"), "--profile", "echo", "--replicas", "echo=1") as running,
    ):
        environment = {
            **running.environment,
            "MALHA_REDIS_URL_FILE": str(running.state / "secrets" / "redis-url"),
            "MALHA_IDENTITY_DIR": str(running.state / "identity" / "echo"),
        }
        command = [sys.executable, "-m", "bench.bare_echo"]
        bare = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            assert bare.stdout is not None
            plain, meshed = bare.stdout.readline().split()
            (replica,) = running.component("echo")["replicas"]
            (envoy,) = running.component(EDGE)["replicas"]
            pids = {"bare": bare.pid, "service": replica["pid"], "Envoy": envoy["pid"]}
            yield EchoMesh(running, plain, meshed, pids)
        finally:
            bare.kill()
            bare.wait()
