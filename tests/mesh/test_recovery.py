"""Whatever is killed comes back within five seconds; a killed supervisor leaves nothing that the next one minds."""

from __future__ import annotations

import os
import signal
import socket
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import pytest
from malha.testing.v1 import echo_service_pb2 as pb
from malha.testing.v1 import echo_service_pb2_grpc as rpc

from tests.mesh.conftest import eventually

if TYPE_CHECKING:
    from tests.mesh.conftest import RunningMesh

pytestmark = pytest.mark.e2e


def _serves(mesh: RunningMesh) -> bool:
    with grpc.insecure_channel(f"127.0.0.1:{mesh.plaintext_port}") as channel:
        try:
            return bool(rpc.EchoServiceStub(channel).Echo(pb.EchoRequest(message="x"), timeout=1).message == "x")
        except grpc.RpcError:
            return False


@pytest.mark.parametrize("name", ["envoy", "redis", "postgres", "echo-0"])
def test_a_killed_process_is_back_within_five_seconds(mesh: RunningMesh, name: str) -> None:
    eventually(lambda: bool(mesh.status()["ready"]), 15)
    before = mesh.pids()[name]
    os.kill(before, signal.SIGKILL)

    def back() -> bool:
        pid = mesh.pids().get(name)
        return pid not in (None, before) and bool(mesh.status()["ready"]) and _serves(mesh)

    # The two status commands of the last round take a second on a busy machine.
    eventually(back, 6)


def test_no_call_fails_while_a_replica_is_killed(mesh: RunningMesh) -> None:
    eventually(lambda: bool(mesh.status()["ready"]), 15)
    victim = mesh.pids()["echo-1"]
    with grpc.insecure_channel(f"127.0.0.1:{mesh.plaintext_port}") as channel:
        stub = rpc.EchoServiceStub(channel)
        for number in range(600):
            if number == 100:
                os.kill(victim, signal.SIGKILL)
            assert stub.Echo(pb.EchoRequest(message="x"), timeout=5).message == "x"


def test_a_rolling_restart_fails_no_call(mesh: RunningMesh) -> None:
    eventually(lambda: bool(mesh.status()["ready"]), 15)
    before = mesh.pids()
    done = mesh.verb("restart", "echo")
    assert done.returncode == 0, done.stderr
    assert not set(before.values()) & {pid for name, pid in mesh.pids().items() if name.startswith("echo")}
    assert _serves(mesh)


def test_a_second_up_on_the_same_folder_is_refused(mesh: RunningMesh) -> None:
    done = mesh.verb("up", "--profile", "echo")
    assert done.returncode == 1
    assert "already up" in done.stderr


def test_after_a_killed_supervisor_up_starts_again_and_down_leaves_nothing(mesh: RunningMesh) -> None:
    eventually(lambda: bool(mesh.status()["ready"]), 15)
    old = mesh.pids()
    os.kill(mesh.status()["supervisor"], signal.SIGKILL)
    assert not mesh.status()["ready"]
    done = mesh.verb("up", "--detach", "--profile", "echo", "--replicas", "echo=2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "earlier run" in done.stdout
    new = mesh.pids()
    assert not set(old.values()) & set(new.values())
    assert mesh.verb("down").returncode == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in new.values())


def test_a_failed_start_tells_the_reason_and_nothing_of_stopping(mesh: RunningMesh, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        other = replace(mesh, state=tmp_path / "other", edge_port=taken.getsockname()[1], plaintext_port=1)
        done = other.verb("up", "--profile", "echo")
    assert done.returncode == 1
    assert done.stderr == f"malha: port {other.edge_port} is in use; choose another one with MALHA_EDGE_PORT\n"
    assert "stop" not in done.stdout
