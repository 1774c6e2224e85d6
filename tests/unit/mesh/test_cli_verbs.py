"""The verbs that ask the supervisor, against the real admin server before a mesh in memory."""

from __future__ import annotations

import json
import os
import signal
import time
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from malha.cli import command

from services.mesh.layout import Layout, write_private
from services.mesh.supervisor import lock, pidfile
from tests.unit.mesh.administration import MemoryMesh, lost_registry, run

if TYPE_CHECKING:
    from pathlib import Path


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
    ("scale", "echo", "3"), ("restart", "echo"), ("drain", "echo-0"), ("weight", "echo-0", "2"), ("rotate",),
    ("endpoints",), ("versions", "echo"), ("deployments",), ("deploy", "echo", "--version", "0.1.0", "--detach"),
])  # fmt: skip
def test_a_program_reads_the_answer_of_the_contract(mesh: MemoryMesh, arguments: tuple[str, ...]) -> None:
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)


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


def test_an_empty_list_says_so_and_gives_a_pipe_nothing(mesh: MemoryMesh) -> None:
    done = run("deployments")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "nothing was deployed since this mesh was started\n"


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
        assert time.monotonic() - began < 15
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
