"""The contracts' workshop notices what it is there to notice."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from services.mesh.contracts import lint, stubs
from services.mesh.contracts.compile import CompileError, descriptor_set

ROOT = Path(__file__).parents[3]
ECHO = "malha/testing/v1/echo_service.proto"


@pytest.fixture(autouse=True)
def _in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[str, str], Path]:
    """A copy of the contracts in which the echo service reads differently."""

    def change(before: str, after: str) -> Path:
        root = tmp_path / "protos"
        shutil.copytree(ROOT / "protos", root)
        text = (root / ECHO).read_text()
        assert before in text
        (root / ECHO).write_text(text.replace(before, after))
        return root

    return change


def test_the_contracts_are_clean_and_the_stubs_current() -> None:
    assert lint.lint() == ""
    assert lint.check_format() == ""
    assert stubs.differences() == []


def test_a_missing_comment_is_found(changed: Callable[[str, str], Path]) -> None:
    root = changed("  // The message of the request.\n  string message = 1;\n  //", "  string message = 1;\n  //")
    assert "should have a non-empty comment" in lint.lint(root)


def test_a_removed_field_breaks_callers(changed: Callable[[str, str], Path]) -> None:
    root = changed("  // Which repetition this is, from 0.\n  uint32 index = 2;\n", "")
    assert "deleted" in lint.compare(root, ROOT / "protos")


def test_a_new_field_breaks_nobody(changed: Callable[[str, str], Path]) -> None:
    root = changed("  uint32 index = 2;\n", "  uint32 index = 2;\n  // Whether it is the last one.\n  bool last = 3;\n")
    assert lint.compare(root, ROOT / "protos") == ""
    assert stubs.differences(root=root) == [
        "malha/testing/v1/echo_service_pb2.py",
        "malha/testing/v1/echo_service_pb2.pyi",
    ]


def test_what_does_not_compile_is_told_in_protocs_words(changed: Callable[[str, str], Path]) -> None:
    root = changed("uint32 index = 2;", "uint32 index = ;")
    with pytest.raises(CompileError, match=r"echo_service\.proto:\d+"):
        descriptor_set(root)
