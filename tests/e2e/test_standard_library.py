"""The interpreter's own library, broken samples included: nothing crashes, nothing is lost, the sums are right."""

from __future__ import annotations

import json
import sysconfig
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.support.mesh_process import Mesh


@pytest.fixture(scope="module")
def document(running: Mesh) -> dict[str, Any]:
    done = running.run("analyze", _library().as_posix(), "--format", "json", timeout=170)
    assert done.returncode == 1, done.stderr  # the library has findings, and files that are broken on purpose
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _library() -> Path:
    return Path(sysconfig.get_paths()["stdlib"])


def test_every_file_is_accounted_for(document: dict[str, Any]) -> None:
    on_disk = {
        str(path)
        for path in _library().rglob("*.py*")
        if path.suffix in {".py", ".pyw"}
        and not {"site-packages", "dist-packages", "__pycache__"} & set(path.relative_to(_library()).parts)
    }
    assert {file["path"] for file in document["files"]} == on_disk
    assert len(document["files"]) == len(on_disk)


def test_what_failed_says_why(document: dict[str, Any]) -> None:
    failures = [file["error"] for file in document["files"] if "error" in file]
    assert {error["reason"] for error in failures} <= {"SOURCE_SYNTAX_INVALID", "SOURCE_ENCODING_INVALID"}
    assert all(int(error["metadata"]["line"]) >= 1 for error in failures)


def test_the_summary_is_the_sum_of_its_parts(document: dict[str, Any]) -> None:
    total = document["summary"]
    parts = [file["summary"] for file in document["files"] if "summary" in file]
    assert total["files"] == len(parts)
    assert total["files"] + total["failed_files"] == len(document["files"])
    for count in ("lines", "code_lines", "findings", "safe_fixes"):
        assert total[count] == sum(part[count] for part in parts), count
    for by, name in (("by_severity", "severity"), ("by_category", "category")):
        counted: Counter[str] = Counter()
        for part in parts:
            counted.update({entry[name]: entry["count"] for entry in part[by]})
        assert {entry[name]: entry["count"] for entry in total[by]} == dict(counted)
    assert sum(len(file["findings"]) for file in document["files"]) == total["findings"]
