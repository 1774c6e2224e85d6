"""Real versions of a real service are exchanged under load, and no call fails by the exchange."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from malha.mesh.v1 import deployment_pb2
from malha.mesh.v1 import mesh_service_pb2 as pb
from malha.mesh.v1.mesh_service_pb2_grpc import MeshServiceStub

from services.mesh import operator
from services.mesh.layout import Layout
from services.mesh.versions.release import working_tree
from tests.mesh.callers import Caller, version_of
from tests.mesh.conftest import eventually

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.mesh.conftest import RunningMesh

pytestmark = pytest.mark.e2e
_ROOT = Path(__file__).parents[2]
# Until a new replica serves: seconds alone, many on a machine that does much else.
_START_SECONDS = 90
_FIRST_LINE = '        """Tells how the call arrived."""\n'
_FAILING = "        import random\n        if random.random() < 0.1:\n            raise RuntimeError\n"
_SLOW = "        import asyncio\n        await asyncio.sleep(0.05)\n"


@pytest.fixture(scope="module")
def working() -> str:
    """The version of the working tree."""
    return working_tree().version


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source of the version `1.good`, which does what the working tree does."""
    return _tree(tmp_path_factory.mktemp("good"))


@pytest.fixture
def usual(mesh: RunningMesh, working: str) -> RunningMesh:
    """The mesh with two replicas of the working tree, whatever the test before has left."""
    if set(_versions(mesh)) != {working}:
        assert _deploy(mesh, working).returncode == 0
    if len(_versions(mesh)) != 2:
        assert mesh.verb("scale", "echo", "2").returncode == 0
    return mesh


def _tree(folder: Path, patch: str = "", start: str = "") -> Path:
    """A copy of the source whose echo service does something more in DescribeCall, or at its start."""
    for part in ("services", "clients/python/src/malha"):
        shutil.copytree(_ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    path = folder / "services" / "testing" / "echo.py"
    text = path.read_text()
    assert text.count(_FIRST_LINE) == 1
    path.write_text(text.replace(_FIRST_LINE, _FIRST_LINE + patch))
    main = folder / "services" / "testing" / "app.py"
    main.write_text(main.read_text() + start)
    return folder


def _deploy(mesh: RunningMesh, version: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return mesh.verb("deploy", "echo", "--version", version, *arguments, timeout=180)


def _begin(mesh: RunningMesh, version: str, *arguments: str) -> str:
    """Begin a deployment and answer with its name."""
    done = _deploy(mesh, version, "--detach", "--json", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return str(json.loads(done.stdout)["name"])


def _deployments(mesh: RunningMesh) -> Sequence[deployment_pb2.Deployment]:
    """Asked over gRPC: a verb of the command line would take longer than some steps of a deployment."""
    with operator.connect(Layout(mesh.state)) as channel:
        return MeshServiceStub(channel).ListDeployments(pb.ListDeploymentsRequest()).deployments


def _deployment(mesh: RunningMesh, name: str) -> deployment_pb2.Deployment:
    return next(each for each in _deployments(mesh) if each.name == name)


def _state(mesh: RunningMesh, name: str) -> str:
    state = deployment_pb2.DeploymentState.Name(_deployment(mesh, name).state)
    return state.removeprefix("DEPLOYMENT_STATE_")


def _versions(mesh: RunningMesh) -> list[str]:
    (echo,) = [c for c in mesh.status()["components"] if c["name"] == "echo"]
    return [replica["version"] for replica in echo["replicas"]]


def test_a_rolling_deployment_fails_no_call(usual: RunningMesh, good: Path) -> None:
    with Caller(usual) as caller:
        done = _deploy(usual, "1.good", "--source", str(good))
    assert done.returncode == 0, done.stdout + done.stderr
    assert caller.failures == []
    assert _versions(usual) == ["1.good", "1.good"]
    assert caller.versions["1.good"] > 0


def test_a_version_that_does_not_start_changes_nothing(usual: RunningMesh, tmp_path: Path) -> None:
    source = _tree(tmp_path / "tree", start="\n\nasync def serve(settings):\n    raise SystemExit(7)\n")
    before = usual.pids()
    with Caller(usual) as caller:
        done = _deploy(usual, "1.broken", "--source", str(source), "--strategy", "blue-green")
    assert done.returncode == 1
    assert "did not become ready" in done.stderr
    assert caller.failures == []
    assert usual.pids() == before


def test_blue_green_switches_at_once_and_back(usual: RunningMesh, working: str, good: Path) -> None:
    with Caller(usual) as caller:
        done = _deploy(usual, "1.good", "--source", str(good), "--strategy", "blue-green", "--keep", "60s")
        assert done.returncode == 0, done.stdout + done.stderr
        assert sorted(_versions(usual)) == sorted([working, working, "1.good", "1.good"])
        assert {version_of(usual, "") for _ in range(20)} == {"1.good"}
        name = _deployments(usual)[0].name
        aborted = usual.verb("abort", name)
        assert aborted.returncode == 0, aborted.stderr
        assert {version_of(usual, "") for _ in range(20)} == {working}
    assert caller.failures == []
    assert _versions(usual) == [working, working]


def test_a_reserve_makes_way_for_the_next_change(usual: RunningMesh, good: Path) -> None:
    with Caller(usual) as caller:
        done = _deploy(usual, "1.good", "--source", str(good), "--strategy", "blue-green", "--keep", "300s")
        assert done.returncode == 0, done.stdout + done.stderr
        scaled = usual.verb("scale", "echo", "3")
        assert scaled.returncode == 0, scaled.stderr
        assert usual.verb("scale", "echo", "2").returncode == 0
    assert caller.failures == []
    assert _versions(usual) == ["1.good", "1.good"]


@pytest.mark.parametrize(("name", "patch"), [("failing", _FAILING), ("slow", _SLOW)], ids=["failing", "slow"])
def test_a_bad_canary_is_rolled_back_within_fifteen_seconds(
    usual: RunningMesh, tmp_path: Path, working: str, name: str, patch: str
) -> None:
    source = _tree(tmp_path / "tree", patch)
    with Caller(usual, rate=150) as caller:
        deployment = _begin(usual, f"2.{name}", "--source", str(source), "--strategy", "canary")
        eventually(lambda: caller.versions[f"2.{name}"] > 0, _START_SECONDS)
        took = eventually(lambda: _state(usual, deployment) == "ROLLED_BACK", 20)
    assert took < 15
    assert _deployment(usual, deployment).evidence.canary_calls > 0
    assert _versions(usual) == [working, working]
    # Nothing failed but what the canary itself has failed.
    assert all("INTERNAL" in failure for failure in caller.failures)
    assert len(caller.failures) < 0.04 * caller.versions.total()
    assert version_of(usual, f"2.{name}") == working


def test_a_canary_is_reached_by_its_header_and_passes(usual: RunningMesh, good: Path) -> None:
    with Caller(usual, rate=150) as caller:
        arguments = ("--strategy", "canary", "--percent", "10", "--min-calls", "100", "--min-time", "3s")
        deployment = _begin(usual, "1.good", "--source", str(good), *arguments)
        eventually(lambda: caller.versions["1.good"] > 0, _START_SECONDS)
        assert {version_of(usual, "1.good") for _ in range(10)} == {"1.good"}
        eventually(lambda: _state(usual, deployment) != "RUNNING", _START_SECONDS)
        assert _state(usual, deployment) == "SUCCEEDED"
    assert caller.failures == []
    assert _versions(usual) == ["1.good", "1.good"]


def test_a_killed_canary_is_taken_back(usual: RunningMesh, working: str, good: Path) -> None:
    deployment = _begin(usual, "1.good", "--source", str(good), "--strategy", "canary")
    eventually(lambda: "gets" in _deployment(usual, deployment).message, _START_SECONDS)
    (canary,) = [name for name, version in _replicas(usual).items() if version == "1.good"]
    os.kill(usual.pids()[canary], signal.SIGKILL)
    eventually(lambda: _state(usual, deployment) == "ROLLED_BACK", 15)
    assert _versions(usual) == [working, working]


def test_an_abort_in_the_middle_fails_no_call(usual: RunningMesh, working: str, good: Path) -> None:
    with Caller(usual) as caller:
        deployment = _begin(usual, "1.good", "--source", str(good), "--strategy", "rolling")
        eventually(lambda: "is drained" in _deployment(usual, deployment).message, _START_SECONDS)
        assert usual.verb("abort", deployment).returncode == 0
    assert _state(usual, deployment) == "ROLLED_BACK"
    assert caller.failures == []
    assert _versions(usual) == [working, working]


def test_a_second_change_waits_its_turn_and_an_abort_ends_the_first(
    usual: RunningMesh, working: str, good: Path
) -> None:
    deployment = _begin(usual, "1.good", "--source", str(good), "--strategy", "canary")
    refused = usual.verb("scale", "echo", "3")
    assert refused.returncode != 0
    assert "under way" in refused.stderr
    assert usual.verb("abort", deployment).returncode == 0
    assert _state(usual, deployment) == "ROLLED_BACK"
    assert _versions(usual) == [working, working]


def test_versions_and_counts_outlive_a_killed_supervisor_and_half_a_deployment_does_not(
    usual: RunningMesh, working: str, good: Path
) -> None:
    assert _deploy(usual, "1.good", "--source", str(good)).returncode == 0
    assert usual.verb("scale", "echo", "3").returncode == 0
    deployment = _begin(usual, working, "--strategy", "canary")
    eventually(lambda: "gets" in _deployment(usual, deployment).message, _START_SECONDS)
    os.kill(usual.status()["supervisor"], signal.SIGKILL)
    done = usual.verb("up", "--detach", "--profile", "echo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert _versions(usual) == ["1.good"] * 3


def _replicas(mesh: RunningMesh) -> dict[str, str]:
    (echo,) = [c for c in mesh.status()["components"] if c["name"] == "echo"]
    return {replica["name"]: replica["version"] for replica in echo["replicas"]}
