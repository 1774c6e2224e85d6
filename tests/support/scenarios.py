"""What happens to a mesh while it is in use, and what its callers must not notice."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.support.envoy_change import change_and_change_back
from tests.support.load import Report, load
from tests.support.mesh_process import ROOT, Mesh, wait_until

SERVICE = "echo"
REPLICAS = 3
PROFILE = ("--profile", "testing", "--replicas", f"{SERVICE}={REPLICAS}")
"""What `malha up` needs for the scenarios."""
_READY_SECONDS = 60.0
# The calm before the first event, and after each, in seconds.
_CALM = 1.0
_FROZEN = 3.0
_PAUSE = 5.0


@dataclass(frozen=True)
class Scenario:
    """One event, which leaves the mesh as it found it."""

    name: str
    happen: Callable[[Mesh], None]

    def run(self, mesh: Mesh, seconds: float, rate: float) -> Report:
        """What became of the calls while it happened: once, or every five seconds for `seconds`."""
        wait_until(lambda: _ready(mesh), _READY_SECONDS, "the mesh is ready")
        with load(mesh, rate=rate) as running:
            running.wait(_CALM)
            self.happen(mesh)
            while running.elapsed + _PAUSE < seconds:
                running.wait(running.elapsed + _PAUSE)
                self.happen(mesh)
            running.wait(max(seconds, running.elapsed + _CALM))
            return running.report()


def _ready(mesh: Mesh) -> bool:
    return mesh.run("status", "--json").returncode == 0


def _malha(mesh: Mesh, *arguments: str) -> None:
    done = mesh.run(*arguments)
    assert done.returncode == 0, f"malha {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"


def _a_replica(mesh: Mesh) -> int:
    pid: int = mesh.component(SERVICE)["replicas"][0]["pid"]
    return pid


def kill(mesh: Mesh) -> None:
    """A replica is killed, and is replaced."""
    victim = _a_replica(mesh)
    os.kill(victim, signal.SIGKILL)

    def replaced() -> bool:
        replicas = mesh.component(SERVICE)["replicas"]
        return victim not in [r["pid"] for r in replicas] and sum(r["ready"] for r in replicas) == REPLICAS

    wait_until(replaced, _READY_SECONDS, "the replica is replaced")


def freeze(mesh: Mesh) -> None:
    """A replica stops in the middle of what it does, and goes on later."""
    victim = _a_replica(mesh)
    os.kill(victim, signal.SIGSTOP)
    time.sleep(_FROZEN)
    os.kill(victim, signal.SIGCONT)
    wait_until(lambda: _ready(mesh), _READY_SECONDS, "the replica is back")


def restart(mesh: Mesh) -> None:
    """The replicas are restarted one after the other."""
    _malha(mesh, "restart", SERVICE)


def scale(mesh: Mesh) -> None:
    """All but one replica go, then four serve, then one, then as many as before."""
    for count in (1, 4, 1, REPLICAS):
        _malha(mesh, "scale", SERVICE, str(count))


def blue_green(mesh: Mesh) -> None:
    """Another version takes over from one moment to the next."""
    current = {replica["version"] for replica in mesh.component(SERVICE)["replicas"]}
    version = "green" if "green" not in current else "blue"
    _malha(mesh, "deploy", SERVICE, "--version", version, "--source", str(ROOT), "--strategy", "blue-green")


def rotate(mesh: Mesh) -> None:
    """All workloads get new certificates, and the authority goes one step on: prepare, activate, retire."""
    _malha(mesh, "rotate", "--authority")


def restart_redis(mesh: Mesh) -> None:
    """Redis, and with it the registry, goes and comes back."""
    _malha(mesh, "restart", "redis")
    wait_until(lambda: _ready(mesh), _READY_SECONDS, "Redis is back")


def change_envoy(mesh: Mesh) -> None:
    """Envoy gets other listeners, clusters and routes while it runs, and then the former ones again."""
    change_and_change_back(mesh.state / "envoy")


SCENARIOS = (
    Scenario("kill -9 of a replica", kill),
    Scenario("a frozen replica", freeze),
    Scenario("rolling restart", restart),
    Scenario("scale 3-1-4-1-3", scale),
    Scenario("blue-green", blue_green),
    Scenario("rotation of all certificates", rotate),
    Scenario("Redis restart", restart_redis),
    Scenario("hot change of Envoy's configuration", change_envoy),
)
