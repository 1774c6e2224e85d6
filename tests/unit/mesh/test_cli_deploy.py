"""The verbs about versions and deployments, against the real admin server before a mesh in memory."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import uuid
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from services.mesh import deploy_view
from services.mesh.convert import deployment_to_proto
from services.mesh.deployment.model import CanaryPlan, Deployment, DeploymentState, Strategy
from services.mesh.supervisor.view import VersionView
from tests.unit.mesh.administration import EVIDENCE, THEN, MemoryMesh, run

if TYPE_CHECKING:
    from pathlib import Path


def test_versions_tell_which_is_in_use(mesh: MemoryMesh) -> None:
    mesh.known["0.2.0"] = VersionView("echo", "0.2.0", "ab" * 32, THEN, current=False)
    rows = [line.split() for line in run("versions", "echo").stdout.splitlines()]
    assert rows[1] == ["0.1.0", "in", "use", "working", "tree"]
    assert rows[2] == ["0.2.0", "2026-05-04", "03:02:01Z", "abababababab"]


def test_a_deployment_that_succeeds_exits_with_0(mesh: MemoryMesh, tmp_path: Path) -> None:
    done = run(
        "deploy", "echo", "--version", "0.2.0", "--source", str(tmp_path), "--strategy", "blue-green", "--keep", "1.5m"
    )
    assert done.exit_code == 0
    assert done.output.splitlines() == [
        "deployments/d-1 running: starting (replicas: 0 new, 0 old)",
        "deployments/d-1 running: half of it (replicas: 1 new, 1 old)",
        "deployments/d-1 succeeded: all replicas are new (replicas: 0 new, 0 old)",
        "echo runs 0.2.0: all replicas are new",
    ]
    assert mesh.asked["source"] == tmp_path
    assert mesh.asked["strategy"] is Strategy.BLUE_GREEN
    assert mesh.asked["keep"] == 90.0


def test_a_canary_that_is_rolled_back_exits_with_1_and_shows_the_evidence(mesh: MemoryMesh, tmp_path: Path) -> None:
    mesh.outcome = DeploymentState.ROLLED_BACK
    done = run(
        "deploy", "echo", "--version", "0.2.0", "--source", str(tmp_path), "--strategy", "canary", "--percent", "10",
        "--min-calls", "50", "--min-time", "3s", "--max-time", "1h",
    )  # fmt: skip
    assert done.exit_code == 1
    assert done.stderr == "malha: echo is back at 0.1.0: the canary fails more often\n"
    assert "canary    calls 240, failures 12 (5.0 %), p50 2.1 ms, p95 9.5 ms" in done.stdout
    assert "e-values: failures 812, latency 1.25 (100 rejects)" in done.stdout
    assert mesh.asked["plan"] == CanaryPlan(percent=10.0, min_calls=50, min_seconds=3.0, max_seconds=3600.0)


def test_a_canary_has_the_defaults_of_the_contract(mesh: MemoryMesh, tmp_path: Path) -> None:
    run("deploy", "echo", "--version", "0.2.0", "--source", str(tmp_path), "--strategy", "canary")
    assert mesh.asked["plan"] == CanaryPlan(percent=20.0, min_calls=200, min_seconds=10.0, max_seconds=300.0)


def test_each_deployment_has_an_id_of_its_own(mesh: MemoryMesh, tmp_path: Path) -> None:
    ids: set[uuid.UUID] = set()
    for _ in range(2):
        assert run("deploy", "echo", "--version", "0.2.0", "--source", str(tmp_path), "--detach").exit_code == 0
        ids.add(mesh.asked["id"])
    assert len(ids) == 2


def test_deployments_are_listed_and_aborted(mesh: MemoryMesh, tmp_path: Path) -> None:
    begun = run("deploy", "echo", "--version", "0.2.0", "--source", str(tmp_path), "--detach")
    assert begun.output == "begun deployments/d-1; `malha deployments` shows it\n"
    assert run("abort", "d-1").output == "deployments/d-1 rolled back: aborted\n"
    assert run("deployments").stdout.splitlines()[1].split()[:7] == [
        "d-1", "echo", "0.1.0", "0.2.0", "rolling", "rolled", "back",
    ]  # fmt: skip


def test_who_stops_watching_is_told_that_the_deployment_goes_on(mesh: MemoryMesh, tmp_path: Path) -> None:
    mesh.endless = True
    # What a shell starts in the background ignores SIGINT, and so does all that it starts.
    heeding = (
        "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "runpy.run_module('services.mesh', run_name='__main__', alter_sys=True)"
    )
    command_line = [
        sys.executable,
        "-c",
        heeding,
        "deploy",
        "echo",
        "--version",
        "2",
        "--source",
        str(tmp_path),
    ]
    with subprocess.Popen(command_line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watching:
        assert watching.stdout is not None
        assert "starting" in watching.stdout.readline()
        watching.send_signal(signal.SIGINT)
        _, told = watching.communicate(timeout=20)
    assert watching.returncode == 130
    assert told == "malha: deployments/d-1 goes on without you; `malha abort deployments/d-1` ends it\n"
    assert run("abort", "d-1").exit_code == 0


def test_the_picture_of_a_canary_fits_a_narrow_terminal() -> None:
    begun = Deployment(
        "deployments/echo-20261121-005130-5", "echo", "0.1.0", "0.2.0", Strategy.CANARY, DeploymentState.RUNNING,
        "echo-2 gets 20 % of the calls", THEN, evidence=EVIDENCE,
    )  # fmt: skip
    terminal = io.StringIO()
    Console(width=80, file=terminal).print(deploy_view.picture(deployment_to_proto(begun)))
    lines = terminal.getvalue().splitlines()
    assert len(lines) == 9
    assert lines[4].split() == ["canary", "240", "12", "(5.0", "%)", "2.1", "ms", "9.5", "ms"]
    assert [line.split()[:2] for line in lines[-2:]] == [["fails", "more"], ["is", "slower"]]


def test_the_bar_of_an_e_value_is_empty_at_1_and_full_where_it_rejects() -> None:
    shares = [deploy_view.bar_share(value) for value in (0.0, 1.0, 10.0, 100.0, 1e9)]
    assert shares == [0.0, 0.0, pytest.approx(0.5), 1.0, 1.0]


def test_a_program_gets_a_line_of_json_for_each_change(mesh: MemoryMesh, tmp_path: Path) -> None:
    done = run("deploy", "echo", "--version", "0.2.0", "--source", str(tmp_path), "--strategy", "canary", "--json")
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    assert [step["state"] for step in steps][-1] == "DEPLOYMENT_STATE_SUCCEEDED"
    assert steps[-1]["evidence"]["failure_e_value"] == 812.5
