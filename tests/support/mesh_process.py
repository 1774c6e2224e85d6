"""A whole mesh in a private state folder, driven as a user drives it: by the `malha` command."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
MALHA = Path(sys.executable).parent / "malha"
START_SECONDS = 120


@dataclass(frozen=True)
class Mesh:
    """A running mesh."""

    state: Path
    environment: Mapping[str, str]
    edge: str
    plaintext: str
    inner: str

    @property
    def ca(self) -> Path:
        """The authority that signed the edge's certificate."""
        return Path(json.loads((self.state / "edge.json").read_text())["ca_file"])

    def run(
        self, *arguments: str, stdin: bytes | None = None, timeout: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Run `malha` with `arguments` against this mesh and answer with what came out."""
        done = subprocess.run(
            [str(MALHA), *arguments],
            cwd=ROOT, env=dict(self.environment), input=stdin, capture_output=True, timeout=timeout, check=False,
        )  # fmt: skip
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    def status(self) -> dict[str, Any]:
        """`malha status --json`."""
        status: dict[str, Any] = json.loads(self.run("status", "--json").stdout)
        return status

    def component(self, name: str) -> dict[str, Any]:
        """One component of the status."""
        return next(entry for entry in self.status()["components"] if entry["name"] == name)


@contextmanager
def mesh(state: Path, *arguments: str, **variables: str) -> Iterator[Mesh]:
    """A mesh that is up inside the block, on ports of its own, and down after it."""
    edge, plaintext, inner = free_ports(3)
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("MALHA_")},
        "MALHA_STATE_DIR": str(state),
        "MALHA_EDGE_PORT": str(edge),
        "MALHA_PLAINTEXT_PORT": str(plaintext),
        "MALHA_INNER_PORT": str(inner),
        **variables,
    }
    running = Mesh(state, environment, f"localhost:{edge}", f"127.0.0.1:{plaintext}", f"127.0.0.1:{inner}")
    try:
        started = running.run("up", "--detach", *arguments, timeout=START_SECONDS)
        assert started.returncode == 0, f"malha up failed\n{started.stdout}\n{started.stderr}\n{logs(state)}"
        yield running
    finally:
        running.run("down")


def free_ports(count: int) -> list[int]:
    """Ports that were free a moment ago, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for listener in sockets:
            listener.bind(("127.0.0.1", 0))
        return [int(listener.getsockname()[1]) for listener in sockets]
    finally:
        for listener in sockets:
            listener.close()


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> float:
    """Wait for a condition; the seconds it took. Fails the test when it does not come true in time."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, f"not within {seconds} s: {what}"
        time.sleep(0.05)
    return time.monotonic() - started


def logs(state: Path) -> str:
    """The ends of all logs, to be shown with a failure."""
    return "\n".join(
        f"--- {path.name}\n" + "\n".join(path.read_text(errors="replace").splitlines()[-15:])
        for path in sorted(state.glob("logs/*.log"))
    )
