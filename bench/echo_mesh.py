"""A mesh with an echo replica for each processor, and a bare grpcio echo that can stand in for them behind the edge."""

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

from services.mesh.topology import EDGE, LIMITS
from tests.support.mesh_process import Mesh, mesh, wait_until

ECHO = "/malha.testing.v1.EchoService/Echo"
REPLICAS = len(os.sched_getaffinity(0))
_SETTLE_SECONDS = 2.0


@dataclass(frozen=True)
class EchoMesh:
    """The processes and addresses of a benchmark."""

    running: Mesh
    bare: str
    """The bare echo, to be called directly, in plaintext."""
    bare_behind: str
    """The bare echo as Envoy reaches it."""
    pids: dict[str, tuple[int, ...]]
    """The processes whose time is of interest, by part."""

    def put_behind(self, *, bare: bool) -> None:
        """Let the edge send its calls to the bare echo, or to the echo service on the full runtime."""
        replicas = self.running.component("echo")["replicas"]
        for replica in replicas:
            self.running.run("drain", replica["name"], *([] if bare else ["--undo"]))
        os.kill(self.pids["bare"][0], signal.SIGUSR1 if bare else signal.SIGUSR2)
        wanted = [self.bare_behind] if bare else [replica["address"] for replica in replicas]
        endpoints = self.running.state / "envoy" / "endpoints-echo.yaml"

        def alone() -> bool:
            published = endpoints.read_text()
            ports = [address.rpartition(":")[2] for address in wanted]
            return all(port in published for port in ports) and published.count("port_value") == len(wanted)

        wait_until(alone, 15, f"{wanted} are alone behind the edge")
        time.sleep(_SETTLE_SECONDS)  # until Envoy has found it healthy and nothing is under way to the other


@contextmanager
def echo_mesh(profile: str = "echo", **variables: str) -> Iterator[EchoMesh]:
    """Both echoes, the service behind the edge; traces at the mesh's usual ratio. `variables` set up the mesh."""
    with (
        tempfile.TemporaryDirectory(prefix="malha-bench-") as folder,
        mesh(Path(folder, "state"), "--profile", profile, "--replicas", f"echo={REPLICAS}", **variables) as running,
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
            service = tuple(replica["pid"] for replica in running.component("echo")["replicas"])
            (envoy,) = running.component(EDGE)["replicas"]
            pids = {"bare": (bare.pid,), "service": service, "Envoy": (envoy["pid"],)}
            names = {part["name"] for part in running.status()["components"]}
            if LIMITS.name in names:
                pids["limiter"] = tuple(replica["pid"] for replica in running.component(LIMITS.name)["replicas"])
            yield EchoMesh(running, plain, meshed, pids)
        finally:
            bare.kill()
            bare.wait()
