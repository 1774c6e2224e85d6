"""The verbs that ask the supervisor, against the real admin server before a mesh in memory."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result
from malha.cli import command
from rich.console import Console

from services.mesh import deploy_view
from services.mesh.convert import deployment_to_proto
from services.mesh.deployment.model import CanaryPlan, Deployment, DeploymentState, Strategy
from services.mesh.layout import Layout, write_private
from services.mesh.supervisor import lock, pidfile
from services.mesh.supervisor.view import VersionView
from tests.unit.mesh.administration import EVIDENCE, THEN, MemoryMesh, lost_registry, served_in_background

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def shared(state: Path) -> Iterator[MemoryMesh]:
    mesh = MemoryMesh()
    with served_in_background(mesh, state):
        yield mesh


@pytest.fixture
def mesh(shared: MemoryMesh, state: Path, monkeypatch: pytest.MonkeyPatch) -> MemoryMesh:
    """The served mesh as new, and the state folder where the verbs look."""
    monkeypatch.setenv("MALHA_STATE_DIR", str(state))
    shared.__init__()  # type: ignore[misc]
    return shared


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def test_status_shows_each_process_and_each_alarm(mesh: MemoryMesh) -> None:
    mesh.alarms = (lost_registry(),)
    done = run("status")
    assert done.exit_code == 0
    first, second, alarm = done.stdout.splitlines()
    assert first.split() == ["echo-0", "ready", "pid", "100", "127.0.0.1:9000", "0.1.0", "zone", "local"]
    assert second.split()[-2:] == ["1", "restarts"]
    assert alarm == "alarm REGISTRY_LOST: Redis does not answer"


def test_status_as_json_has_the_documented_fields(mesh: MemoryMesh) -> None:
    document = json.loads(run("status", "--json").stdout)
    assert document["ready"]
    assert document["proven"]
    assert document["supervisor"] == 4711
    assert (document["profile"], document["edge"], document["plaintext"]) == (
        "echo",
        "localhost:8443",
        "127.0.0.1:8080",
    )
    (echo,) = document["components"]
    assert (echo["name"], echo["ready"]) == ("echo", True)
    assert echo["replicas"][0] == {
        "name": "echo-0", "pid": 100, "address": "127.0.0.1:9000", "ready": True, "state": "ready", "restarts": 0,
        "version": "0.1.0", "zone": "local",
    }  # fmt: skip


def test_endpoints_tell_what_keeps_calls_away(mesh: MemoryMesh) -> None:
    assert run("drain", "echo-1").output == "echo-1 takes no new calls\n"
    rows = [line.split() for line in run("endpoints").stdout.splitlines()]
    assert rows[0] == ["SERVICE", "REPLICA", "ADDRESS", "VERSION", "ZONE", "WEIGHT", "STATE"]
    assert [row[-1] for row in rows[1:]] == ["serves", "draining"]
    run("drain", "echo-1", "--undo")
    answer = json.loads(run("endpoints", "echo", "--json").stdout)
    assert [one["draining"] for one in answer["endpoints"]] == [False, False]


def test_scale_weight_restart_and_rotate_say_what_became_of_it(mesh: MemoryMesh) -> None:
    assert run("scale", "echo", "3").output == "echo has echo-0, echo-1, echo-2\n"
    assert run("weight", "echo-2", "7").output == "echo-2 has weight 7\n"
    assert run("restart", "echo").output == "restarted echo-0, echo-1, echo-2\n"
    assert "spiffe://malha.local/envoy" in run("rotate").output
    assert json.loads(run("rotate", "echo", "--json").stdout)["identities"][0]["not_after"] == "2026-05-04T03:02:01Z"


@pytest.mark.parametrize("arguments", [
    ("scale", "echo", "0"), ("scale", "echo", "many"), ("weight", "echo-0", "129"), ("rotate", "echo", "--authority"),
    ("deploy", "echo", "--version", "2", "--percent", "5"), ("deploy", "echo", "--version", "2", "--keep", "1m"),
    ("deploy", "echo", "--version", "2", "--strategy", "canary", "--min-time", "soon"), ("deploy", "echo"),
    ("deploy", "echo", "--version", "2", "--source", "/no/such/folder"),
])  # fmt: skip
def test_what_cannot_be_meant_never_reaches_the_mesh(mesh: MemoryMesh, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert "Error" in done.output


@pytest.mark.parametrize(("arguments", "told"), [
    (("scale", "nothing", "2"), "malha: there is no component 'nothing' here; there are echo [COMPONENT_NOT_FOUND]\n"),
    (("drain", "echo-9"), "malha: there is no component 'echo-9' here; there are echo-0, echo-1"
                          " [COMPONENT_NOT_FOUND]\n"),
    (("abort", "d-9"), "malha: there is no deployment 'deployments/d-9' [DEPLOYMENT_NOT_FOUND];"
                       " `malha deployments` lists those of this mesh\n"),
    (("deploy", "echo", "--version", "9"), "malha: version 9 of echo cannot be used: it is not known and no source was"
     " given [VERSION_UNUSABLE]; `malha versions echo` lists what there is; --source makes another one\n"),
])  # fmt: skip
def test_a_refusal_is_one_line_with_its_reason_and_what_to_do(
    mesh: MemoryMesh, arguments: tuple[str, ...], told: str
) -> None:
    done = run(*arguments)
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", told)


def test_a_field_that_breaks_a_rule_is_named(mesh: MemoryMesh) -> None:
    done = run("deploy", "echo", "--version", "no spaces")
    assert done.exit_code == 2
    assert done.stderr.startswith("malha: version: ")


def test_a_change_while_another_runs_says_so(mesh: MemoryMesh) -> None:
    mesh.busy = True
    done = run("scale", "echo", "3")
    assert "[CHANGE_IN_PROGRESS]" in done.stderr


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
    command_line = [
        sys.executable,
        "-m",
        "services.mesh",
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


def test_an_empty_list_says_so_and_gives_a_pipe_nothing(mesh: MemoryMesh) -> None:
    done = run("deployments")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "nothing was deployed since this mesh was started\n"


def test_a_program_gets_a_line_of_json_for_each_change(mesh: MemoryMesh, tmp_path: Path) -> None:
    done = run("deploy", "echo", "--version", "0.2.0", "--source", str(tmp_path), "--strategy", "canary", "--json")
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    assert [step["state"] for step in steps][-1] == "DEPLOYMENT_STATE_SUCCEEDED"
    assert steps[-1]["evidence"]["failure_e_value"] == 812.5


@pytest.mark.parametrize("verb", [("scale", "echo", "2"), ("deployments",), ("deploy", "echo", "--version", "1")])
def test_without_a_mesh_every_verb_says_so_at_once(
    verb: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MALHA_STATE_DIR", str(tmp_path))
    done = run(*verb)
    assert (done.exit_code, done.stderr) == (2, f"malha: no mesh is up in {tmp_path}: start one with `malha up`\n")
    assert json.loads(run("status", "--json").stdout) == {"ready": False, "components": []}
    status = run("status")
    assert (status.stdout, status.exit_code) == (f"no mesh is up in {tmp_path}: start one with `malha up`\n", 1)


def test_what_an_earlier_supervisor_left_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALHA_STATE_DIR", str(tmp_path))
    layout = Layout(tmp_path)
    layout.create()
    write_private(layout.admin_file, json.dumps({"address": "127.0.0.1:1", "pid": os.getpid() + 1}))
    with lock.held(layout.lock):
        assert "is just starting or stopping" in run("endpoints").stderr


def test_a_supervisor_that_does_not_answer_is_told_within_seconds(
    state: Path, mesh: MemoryMesh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A port that takes connections and says nothing, as that of a frozen process does."""
    import socket

    layout = Layout(tmp_path)
    layout.create()
    (tmp_path / "identity").symlink_to(state / "identity")
    monkeypatch.setenv("MALHA_STATE_DIR", str(tmp_path))
    with socket.socket() as silent, lock.held(layout.lock):
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        write_private(layout.admin_file, json.dumps({"address": address, "pid": os.getpid()}))
        began = time.monotonic()
        done = run("endpoints")
        assert time.monotonic() - began < 10
    assert done.exit_code == 2
    assert "does not answer" in done.stderr


@pytest.mark.parametrize(("words", "completed"), [
    ("malha scale an", ["analysis"]), ("malha restart e", ["echo", "envoy"]), ("malha rotate me", ["mesh"]),
    ("malha drain analysis-", ["analysis-0"]), ("malha deploy echo --version 0.", ["0.2.0"]),
    ("malha deploy analysis --version 0.", []), ("malha deploy", ["deploy", "deployments"]),
])  # fmt: skip
def test_names_are_completed_from_files_alone(
    words: str, completed: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = Layout(tmp_path)
    layout.create()
    pidfile.write(layout.run, "analysis-0", os.getpid(), signal.SIGTERM)
    for folder in ("0.2.0", ".0.3.0.17"):
        (layout.versions / "echo" / folder).mkdir(parents=True)
        (layout.versions / "echo" / folder / "manifest.json").touch()
    monkeypatch.setenv("MALHA_STATE_DIR", str(tmp_path))
    variables = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1), "_MALHA_COMPLETE": "bash_complete"}
    done = CliRunner().invoke(command, prog_name="malha", env=variables)
    assert done.output.split() == [f"plain,{name}" for name in completed]
