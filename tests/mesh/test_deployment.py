"""Real versions of a real service are exchanged under load, and no call fails by the exchange."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from services.mesh.versions.release import working_tree
from tests.mesh.callers import Caller, version_of
from tests.mesh.conftest import eventually

if TYPE_CHECKING:
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


def _deployment(mesh: RunningMesh, name: str) -> dict[str, Any]:
    listed = json.loads(mesh.verb("deployments", "--json").stdout)["deployments"]
    return next(each for each in listed if each["name"] == name)


def _state(mesh: RunningMesh, name: str) -> str:
    return str(_deployment(mesh, name)["state"]).removeprefix("DEPLOYMENT_STATE_")


def _versions(mesh: RunningMesh) -> list[str]:
    (echo,) = [c for c in mesh.status()["components"] if c["name"] == "echo"]
    return [replica["version"] for replica in echo["replicas"]]


def test_a_rolling_deployment_fails_no_call(mesh: RunningMesh, tmp_path: Path) -> None:
    with Caller(mesh) as caller:
        done = _deploy(mesh, "1.good", "--source", str(_tree(tmp_path / "tree")))
    assert done.returncode == 0, done.stdout + done.stderr
    assert caller.failures == []
    assert _versions(mesh) == ["1.good", "1.good"]
    assert caller.versions["1.good"] > 0


def test_a_version_that_does_not_start_changes_nothing(mesh: RunningMesh, tmp_path: Path) -> None:
    source = _tree(tmp_path / "tree", start="\n\nasync def serve(settings):\n    raise SystemExit(7)\n")
    before = mesh.pids()
    with Caller(mesh) as caller:
        done = _deploy(mesh, "1.broken", "--source", str(source), "--strategy", "blue-green")
    assert done.returncode == 1
    assert "did not become ready" in done.stderr
    assert caller.failures == []
    assert mesh.pids() == before


def test_blue_green_switches_at_once_and_back(mesh: RunningMesh, working: str) -> None:
    (old,) = set(_versions(mesh))
    with Caller(mesh) as caller:
        done = _deploy(mesh, working, "--strategy", "blue-green", "--keep", "60s")
        assert done.returncode == 0, done.stdout + done.stderr
        assert sorted(_versions(mesh)) == sorted([old, old, working, working])
        assert {version_of(mesh, "") for _ in range(20)} == {working}
        name = str(json.loads(mesh.verb("deployments", "--json").stdout)["deployments"][0]["name"])
        aborted = mesh.verb("abort", name)
        assert aborted.returncode == 0, aborted.stderr
        assert {version_of(mesh, "") for _ in range(20)} == {old}
    assert caller.failures == []
    assert _versions(mesh) == [old, old]


def test_a_reserve_makes_way_for_the_next_change(mesh: RunningMesh, working: str) -> None:
    with Caller(mesh) as caller:
        done = _deploy(mesh, working, "--strategy", "blue-green", "--keep", "300s")
        assert done.returncode == 0, done.stdout + done.stderr
        scaled = mesh.verb("scale", "echo", "3")
        assert scaled.returncode == 0, scaled.stderr
        assert mesh.verb("scale", "echo", "2").returncode == 0
    assert caller.failures == []
    assert _versions(mesh) == [working, working]


@pytest.mark.parametrize(("name", "patch"), [("failing", _FAILING), ("slow", _SLOW)], ids=["failing", "slow"])
def test_a_bad_canary_is_rolled_back_within_fifteen_seconds(
    mesh: RunningMesh, tmp_path: Path, working: str, name: str, patch: str
) -> None:
    source = _tree(tmp_path / "tree", patch)
    with Caller(mesh, rate=150) as caller:
        deployment = _begin(mesh, f"2.{name}", "--source", str(source), "--strategy", "canary")
        eventually(lambda: caller.versions[f"2.{name}"] > 0, _START_SECONDS)
        took = eventually(lambda: _state(mesh, deployment) == "ROLLED_BACK", 20)
    assert took < 15
    assert _deployment(mesh, deployment)["evidence"]["canary_calls"] != "0"
    assert _versions(mesh) == [working, working]
    # Nothing failed but what the canary itself has failed.
    assert all("INTERNAL" in failure for failure in caller.failures)
    assert len(caller.failures) < 0.04 * caller.versions.total()
    assert version_of(mesh, f"2.{name}") == working


def test_a_canary_is_reached_by_its_header_and_passes(mesh: RunningMesh, working: str) -> None:
    with Caller(mesh, rate=150) as caller:
        arguments = ("--strategy", "canary", "--percent", "10", "--min-calls", "100", "--min-time", "3s")
        deployment = _begin(mesh, "1.good", *arguments)
        eventually(lambda: caller.versions["1.good"] > 0, _START_SECONDS)
        assert {version_of(mesh, "1.good") for _ in range(10)} == {"1.good"}
        eventually(lambda: _state(mesh, deployment) != "RUNNING", _START_SECONDS)
        assert _state(mesh, deployment) == "SUCCEEDED"
    assert caller.failures == []
    assert _versions(mesh) == ["1.good", "1.good"]
    assert mesh.verb("deploy", "echo", "--version", working).returncode == 0


def test_a_killed_canary_is_taken_back(mesh: RunningMesh, working: str) -> None:
    deployment = _begin(mesh, "1.good", "--strategy", "canary")
    eventually(lambda: "gets" in _deployment(mesh, deployment)["message"], _START_SECONDS)
    (canary,) = [name for name, version in _replicas(mesh).items() if version == "1.good"]
    os.kill(mesh.pids()[canary], signal.SIGKILL)
    eventually(lambda: _state(mesh, deployment) == "ROLLED_BACK", 15)
    assert _versions(mesh) == [working, working]


def test_an_abort_in_the_middle_fails_no_call(mesh: RunningMesh, working: str) -> None:
    with Caller(mesh) as caller:
        deployment = _begin(mesh, "1.good", "--strategy", "rolling")
        eventually(lambda: "is drained" in _deployment(mesh, deployment)["message"], _START_SECONDS)
        assert mesh.verb("abort", deployment).returncode == 0
    assert _state(mesh, deployment) == "ROLLED_BACK"
    assert caller.failures == []
    assert _versions(mesh) == [working, working]


def test_a_second_change_waits_its_turn_and_an_abort_ends_the_first(mesh: RunningMesh, working: str) -> None:
    deployment = _begin(mesh, "1.good", "--strategy", "canary")
    refused = mesh.verb("scale", "echo", "3")
    assert refused.returncode != 0
    assert "under way" in refused.stderr
    assert mesh.verb("abort", deployment).returncode == 0
    assert _state(mesh, deployment) == "ROLLED_BACK"
    assert _versions(mesh) == [working, working]


def test_versions_and_counts_outlive_a_killed_supervisor_and_half_a_deployment_does_not(
    mesh: RunningMesh, working: str
) -> None:
    assert mesh.verb("scale", "echo", "3").returncode == 0
    assert _deploy(mesh, "1.good").returncode == 0
    deployment = _begin(mesh, working, "--strategy", "canary")
    eventually(lambda: "gets" in _deployment(mesh, deployment)["message"], _START_SECONDS)
    os.kill(mesh.status()["supervisor"], signal.SIGKILL)
    done = mesh.verb("up", "--detach", "--profile", "echo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert _versions(mesh) == ["1.good"] * 3
    assert mesh.verb("scale", "echo", "2").returncode == 0


def _replicas(mesh: RunningMesh) -> dict[str, str]:
    (echo,) = [c for c in mesh.status()["components"] if c["name"] == "echo"]
    return {replica["name"]: replica["version"] for replica in echo["replicas"]}
