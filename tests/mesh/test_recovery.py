"""Whatever is killed comes back within five seconds; a killed supervisor leaves nothing that the next one minds."""

from __future__ import annotations

import json
import os
import signal
import socket
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from malha.testing.v1 import echo_service_pb2 as pb
from malha.testing.v1 import echo_service_pb2_grpc as rpc
from redis import Redis

from tests.mesh.callers import Caller
from tests.mesh.conftest import eventually
from tests.support.ports import free_ports

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


def test_a_killed_replica_leaves_no_temporary_files(mesh: RunningMesh) -> None:
    eventually(lambda: bool(mesh.status()["ready"]), 15)
    left = mesh.state / "scratch" / "echo-0" / "malha-left"
    left.mkdir()
    before = mesh.pids()["echo-0"]
    os.kill(before, signal.SIGKILL)
    eventually(lambda: mesh.pids().get("echo-0") not in (None, before) and bool(mesh.status()["ready"]), 15)
    assert left.parent.exists()
    assert not left.exists()


def test_a_registry_that_does_not_answer_drops_nobody_and_raises_an_alarm(mesh: RunningMesh) -> None:
    eventually(lambda: bool(mesh.status()["ready"]), 15)
    redis = mesh.pids()["redis"]
    with Caller(mesh) as caller:
        os.kill(redis, signal.SIGSTOP)
        try:
            eventually(lambda: "REGISTRY_LOST" in _alarms(mesh), 10)
            # Longer than a heartbeat lives.
            eventually(lambda: all(each["stale"] for each in _endpoints(mesh)), 10)
            assert all(each["published"] and each["healthy"] for each in _endpoints(mesh))
        finally:
            os.kill(redis, signal.SIGCONT)
        eventually(lambda: _alarms(mesh) == [], 10)
    assert caller.failures == []
    assert not any(each["stale"] for each in _endpoints(mesh))


def test_an_emptied_registry_drops_nobody(mesh: RunningMesh) -> None:
    eventually(lambda: bool(mesh.status()["ready"]), 15)
    with Caller(mesh) as caller, Redis.from_url((mesh.state / "secrets" / "redis-url").read_text()) as redis:
        for _ in range(5):
            redis.flushall()
            assert all(each["published"] for each in _endpoints(mesh))
        eventually(lambda: not any(each["stale"] for each in _endpoints(mesh)), 10)
    assert caller.failures == []


def _alarms(mesh: RunningMesh) -> list[str]:
    return [alarm["kind"] for alarm in mesh.status()["alarms"]]


def _endpoints(mesh: RunningMesh) -> list[dict[str, Any]]:
    endpoints: list[dict[str, Any]] = json.loads(mesh.verb("endpoints", "--json").stdout)["endpoints"]
    assert len(endpoints) == 2
    return endpoints


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


def test_a_policy_of_limits_that_cannot_be_used_is_told_in_a_line(
    mesh: RunningMesh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = tmp_path / "limits.yaml"
    policy.write_text("users: nobody\n")
    monkeypatch.setenv("MALHA_LIMITS_FILE", str(policy))
    edge, plaintext, inner = free_ports(3)
    other = replace(mesh, state=tmp_path / "other", edge_port=edge, plaintext_port=plaintext, inner_port=inner)
    done = other.verb("up")
    assert done.returncode == 1
    assert done.stderr.startswith(f"malha: {policy}: users: ")
    assert done.stderr.count("\n") == 1
