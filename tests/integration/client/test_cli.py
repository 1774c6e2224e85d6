"""The `malha` command, as a process, against a server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.integration.client.conftest import Mesh

MALHA = str(Path(sys.executable).with_name("malha"))
CALL = "def f():\n    print(1)\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {
        "pyproject.toml": '[project]\nrequires-python = ">=3.9,<4"\n',
        "pkg/a.py": CALL,
        "pkg/b.py": "x = 1\n",
        "pkg/bad.py": "!syntax\n",
        ".venv/lib/c.py": CALL,
        "node_modules/d.py": CALL,
        "notes.txt": "no",
    }
    for name, text in files.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "pkg/broken.py").symlink_to("nowhere.py")
    (tmp_path / "pkg/loop").symlink_to(tmp_path)
    with (tmp_path / "pkg/large.py").open("wb") as large:
        large.truncate(5 * 1024 * 1024 + 1)
    return tmp_path


def malha(
    mesh: Mesh | None, *arguments: str, cwd: Path | None = None, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    address = mesh.url if mesh else "http://127.0.0.1:1"
    return subprocess.run(
        [MALHA, *arguments, "--address", address], cwd=cwd, input=stdin, capture_output=True, timeout=60, check=False
    )


def parsed(done: subprocess.CompletedProcess[bytes]) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_every_file_of_a_folder_is_accounted_for(mesh: Mesh, project: Path) -> None:
    done = malha(mesh, "analyze", ".", "--format", "json", cwd=project)
    assert done.returncode == 1
    result = parsed(done)
    reasons = {file["path"]: file.get("error", {}).get("reason") for file in result["files"]}
    assert reasons == {
        "pkg/a.py": None,
        "pkg/b.py": None,
        "pkg/bad.py": "SOURCE_SYNTAX_INVALID",
        "pkg/broken.py": "FILE_UNREADABLE",
        "pkg/large.py": "SOURCE_TOO_LARGE",
    }
    summary = result["summary"]
    assert (summary["files"], summary["failed_files"]) == (2, 3)
    assert summary["findings"] == sum(len(file["findings"]) for file in result["files"]) == 1
    assert summary["lines"] == sum(file["summary"]["lines"] for file in result["files"] if "summary" in file)
    assert list(reasons) == sorted(reasons)
    assert mesh.service.requests[0].start.options.target_version == "3.9"  # type: ignore[attr-defined]


def test_the_table_shows_place_reason_and_remedy(mesh: Mesh, project: Path) -> None:
    text = malha(mesh, "analyze", "pkg", cwd=project).stdout.decode()
    for part in (
        "pkg/a.py:2:5  warning  MLH999 (performance)  print is called",
        "2 │     print(1)",
        "│     ^^^^^",
        "why   Printing is slow.",
        "fix   Write instead (safe)",
        "-     2 │     print(1)",
        "+       │     write(1)",
        "pkg/bad.py:1:1  not analysed  SOURCE_SYNTAX_INVALID",
        "2 files analysed, 3 failed",
        "1 finding: 1 warning",
    ):
        assert part in text
    assert "\x1b" not in text


def test_the_exit_code_follows_fail_on(mesh: Mesh, project: Path) -> None:
    assert malha(mesh, "analyze", "pkg/a.py", cwd=project).returncode == 0
    assert malha(mesh, "analyze", "pkg/a.py", "--fail-on", "warning", cwd=project).returncode == 1
    assert malha(mesh, "analyze", "pkg/a.py", "--fail-on", "never", cwd=project).returncode == 0
    assert malha(mesh, "analyze", "pkg/bad.py", "--fail-on", "never", cwd=project).returncode == 1
    assert malha(mesh, "analyze", "pkg/broken.py", cwd=project).returncode == 2
    assert malha(mesh, "analyze", "pkg", "-", cwd=project).returncode == 2


def test_an_output_that_cannot_be_written_is_refused(mesh: Mesh, project: Path) -> None:
    refused = malha(mesh, "analyze", "pkg/a.py", "-o", "missing/out.json", cwd=project)
    assert refused.returncode == 2
    assert b"no folder that can be written to" in refused.stderr


def test_standard_input_is_one_source(mesh: Mesh) -> None:
    done = malha(mesh, "analyze", "-", "--format", "json", "--stdin-filename", "x.py", stdin=CALL.encode())
    assert [(file["path"], len(file["findings"])) for file in parsed(done)["files"]] == [("x.py", 1)]


def test_sarif_has_what_the_standard_asks_for(mesh: Mesh, project: Path) -> None:
    log = parsed(malha(mesh, "analyze", ".", "--format", "sarif", cwd=project))
    run = log["runs"][0]
    assert log["version"] == "2.1.0"
    assert run["tool"]["driver"]["name"] == "malha"
    [result] = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "MLH999"
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "pkg/a.py"
    assert place["region"] == {"startLine": 2, "startColumn": 5, "endLine": 2, "endColumn": 10}
    assert result["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"] == {"text": "write"}
    assert len(run["invocations"][0]["toolExecutionNotifications"]) == 3
    assert run["invocations"][0]["executionSuccessful"] is False


def test_nobody_there_says_what_to_do(project: Path) -> None:
    done = malha(None, "analyze", "pkg", cwd=project)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"Error: no mesh answers at 127.0.0.1:1: start one with `make run`")


def test_a_stream_that_breaks_is_taken_up_with_the_rest(mesh: Mesh, tmp_path: Path) -> None:
    for index in range(9):
        (tmp_path / f"{index}.py").write_text("print(1)\n# !lose\n" if index == 5 else "print(1)\n")
    mesh.service.losses_left = 2
    result = parsed(malha(mesh, "analyze", str(tmp_path), "--format", "json"))
    assert result["summary"]["files"] == len(result["files"]) == 9


def test_a_folder_without_python_is_no_error(mesh: Mesh, tmp_path: Path) -> None:
    done = malha(mesh, "analyze", str(tmp_path), "--format", "json")
    assert done.returncode == 0
    assert parsed(done)["summary"]["files"] == 0
    assert b"no Python files" in done.stderr


def test_rules_and_reports_can_be_read(mesh: Mesh) -> None:
    malha(mesh, "analyze", "-", stdin=CALL.encode())
    name = next(iter(mesh.service.reports))
    assert b"MLH999" in malha(mesh, "rules").stdout
    assert b"Printing is slow." in malha(mesh, "rules", "MLH999").stdout
    assert name.encode() in malha(mesh, "reports").stdout
    assert b"write(1)" in malha(mesh, "reports", name).stdout
    missing = malha(mesh, "rules", "NO1")
    assert missing.returncode == 2
    assert b"RULE_NOT_FOUND" in missing.stderr


@pytest.mark.parametrize("path", ["pkg/a.py", "."])
def test_trace_puts_all_calls_into_one_trace_and_tells_its_id(mesh: Mesh, project: Path, path: str) -> None:
    done = malha(mesh, "analyze", path, "--trace", "--format", "json", cwd=project)
    (line,) = [line for line in done.stderr.decode().splitlines() if line.startswith("trace ")]
    trace_id = line.split()[1].rstrip(":")
    assert f"`malha trace {trace_id[:8]}` shows it" in line
    assert len(trace_id) == 32
    sent = {str(metadata["traceparent"]) for metadata in mesh.service.metadata}
    assert {value.split("-")[1] for value in sent} == {trace_id}
    assert {value.split("-")[3] for value in sent} == {"01"}
    assert parsed(done)["files"]


def test_a_run_that_fails_tells_its_trace_too(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(CALL)
    done = malha(None, "analyze", "a.py", "--trace", cwd=tmp_path)
    assert done.returncode == 2
    assert b"\ntrace " in b"\n" + done.stderr
