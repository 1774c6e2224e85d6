"""A whole mesh for a test module: the echo profile in a folder and on ports of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@dataclass
class RunningMesh:
    """A detached mesh, and the verbs to treat it with."""

    state: Path
    edge_port: int
    plaintext_port: int
    inner_port: int

    @property
    def ca_file(self) -> Path:
        return self.state / "pki" / "ca.pem"

    def verb(self, *arguments: str, timeout: float = 90) -> subprocess.CompletedProcess[str]:
        """Run `malha` with `arguments` on this mesh."""
        environment = {
            **os.environ,
            "MALHA_STATE_DIR": str(self.state),
            "MALHA_EDGE_PORT": str(self.edge_port),
            "MALHA_PLAINTEXT_PORT": str(self.plaintext_port),
            "MALHA_INNER_PORT": str(self.inner_port),
            "MALHA_DRAIN_SECONDS": "0.5",
        }
        return subprocess.run(
            [sys.executable, "-m", "services.mesh", *arguments],
            env=environment, capture_output=True, text=True, timeout=timeout, check=False,
        )  # fmt: skip

    def status(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.verb("status", "--json").stdout)
        return answer

    def pids(self) -> dict[str, int]:
        """The process of each replica, by its name."""
        return {
            replica["name"]: replica["pid"]
            for component in self.status()["components"]
            for replica in component["replicas"]
        }


def eventually(condition: Callable[[], bool], seconds: float) -> float:
    """Wait until `condition` holds and return how long it took; fail after `seconds`."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            raise AssertionError(f"not within {seconds} s")
        time.sleep(0.02)
    return time.monotonic() - began


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningMesh]:
    """A mesh with two echo replicas. Its folder lies so deep that no Unix socket's path would fit."""
    state = tmp_path_factory.mktemp("mesh") / ("deep" * 20) / "state"
    running = RunningMesh(state, _free_port(), _free_port(), _free_port())
    done = running.verb("up", "--detach", "--profile", "echo", "--replicas", "echo=2")
    try:
        assert done.returncode == 0, done.stdout + done.stderr
        yield running
    finally:
        running.verb("down")
