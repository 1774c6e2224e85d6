"""Which files a run is about."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from malha.cli.discovery import discover, read
from malha.cli.outcomes import Failure
from malha.cli.target_version import target_version
from malha.requests import MAX_SOURCE_BYTES

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    names = ("a.py", "b.pyw", "c.txt", "pkg/d.py", ".git/e.py", "env/f.py", "env/pyvenv.cfg", "pkg/site-packages/g.py")
    for name in (*names, "gen/h.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    return tmp_path


def shown(tree: Path, *exclude: str, default_excludes: bool = True) -> list[str]:
    return [found.shown for found in discover([tree], exclude, default_excludes=default_excludes).files]


def test_hidden_folders_and_environments_are_left_out(tree: Path) -> None:
    assert shown(tree) == ["a.py", "b.pyw", "gen/h.py", "pkg/d.py"]
    assert len(shown(tree, default_excludes=False)) == 7


def test_patterns_match_names_and_paths(tree: Path) -> None:
    assert shown(tree, "gen/", "pkg/d*") == ["a.py", "b.pyw"]
    assert shown(tree, "*.py") == ["b.pyw"]


def test_what_is_named_is_analysed_and_only_once(tree: Path) -> None:
    found = discover([tree / "pkg", tree / "pkg/d.py", tree / ".git/e.py", tree / "c.txt"]).files
    assert [each.shown for each in found] == [".git/e.py", "c.txt", "pkg/d.py"]


def test_links_in_circles_end(tree: Path) -> None:
    (tree / "pkg/up").symlink_to(tree)
    (tree / "self.py").symlink_to("self.py")
    found = {each.shown: each.failure for each in discover([tree]).files}
    assert len(found) == 5
    failure = found["self.py"]
    assert failure is not None
    assert failure.reason == "FILE_UNREADABLE"


def test_pipes_and_giants_are_failures_not_waits(tree: Path) -> None:
    os.mkfifo(tree / "pipe.py")
    with (tree / "giant.py").open("wb") as giant:
        giant.truncate(MAX_SOURCE_BYTES + 1)
    reasons = {each.shown: each.failure.reason for each in discover([tree]).files if each.failure}
    assert reasons == {"pipe.py": "FILE_UNREADABLE", "giant.py": "SOURCE_TOO_LARGE"}


def test_a_file_that_vanishes_or_grows_is_a_failure(tree: Path) -> None:
    [found] = discover([tree / "a.py"]).files
    (tree / "a.py").write_bytes(b"#" * (MAX_SOURCE_BYTES + 1))
    grown = read(found)
    (tree / "a.py").unlink()
    gone = read(found)
    assert isinstance(grown, Failure)
    assert isinstance(gone, Failure)
    assert (grown.reason, gone.reason) == ("SOURCE_TOO_LARGE", "FILE_UNREADABLE")


def test_names_the_contract_refuses_are_sent_under_another(tree: Path) -> None:
    odd = os.fsencode(tree) + b"/"
    for name in (b"new\nline.py", b"new\rline.py", b"latin\xe9.py"):
        os.close(os.open(odd + name, os.O_CREAT))
    sent = [found.sent for found in discover([tree]).files]
    assert len(set(sent)) == len(sent) == 7
    assert all(not set("\r\n\0") & set(path.encode().decode()) for path in sent)


@pytest.mark.parametrize(
    ("requires", "version"),
    [
        (">=3.11", "3.11"),
        (">=3.8,!=3.9.*,<4", "3.8"),
        ("~=3.10.2", "3.10"),
        ("==3.12.*", "3.12"),
        (">=3.6", "3.8"),
        (">=3.99", "3.14"),
        (">=3", "3.8"),
        ("<4", ""),
    ],
)
def test_the_nearest_project_names_the_oldest_python(tmp_path: Path, requires: str, version: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f'[project]\nrequires-python = "{requires}"\n')
    inner = tmp_path / "a/b"
    inner.mkdir(parents=True)
    assert target_version(inner) == version


def test_a_broken_project_file_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[[[")
    assert target_version(tmp_path) == ""


def test_a_virtual_environment_is_left_out_by_what_it_is_not_by_its_name(tmp_path: Path) -> None:
    for folder in ("venv", "environment"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "module.py").touch()
    (tmp_path / "environment" / "pyvenv.cfg").touch()
    assert [found.sent for found in discover([tmp_path]).files] == ["venv/module.py"]
