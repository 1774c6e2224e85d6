"""The habits that keep the house in order: sizes, names, and who may do what."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[2]
_GENERATED = re.compile(r"_pb2(_grpc)?\.pyi?$")
_SPLIT_AT_LINES = 500
_NO_REAL_NAMES = {"utils", "helpers", "common", "misc", "manager", "util", "helper"}


def _tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    paths = [ROOT / line for line in listed.splitlines() if not _GENERATED.search(line)]
    return [path for path in paths if path.exists()]


def _modules(*folders: str) -> list[Path]:
    return _tracked(*(f"{folder}/**/*.py" for folder in folders))


@pytest.fixture(scope="module")
def parsed() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text()) for path in _modules("services", "clients")}


def test_no_file_outgrows_its_room() -> None:
    sizes = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in _tracked("*.py", "*.proto")}
    assert {path: lines for path, lines in sizes.items() if lines > _SPLIT_AT_LINES} == {}
    assert median(sizes.values()) <= 120


def test_every_module_has_a_real_name() -> None:
    nameless = [
        path.relative_to(ROOT) for path in _modules("services", "clients", "tests") if path.stem in _NO_REAL_NAMES
    ]
    assert nameless == []


def test_only_settings_read_the_environment(parsed: dict[Path, ast.Module]) -> None:
    readers = {
        path.relative_to(ROOT).as_posix()
        for path, module in parsed.items()
        for node in ast.walk(module)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    }
    assert {reader for reader in readers if not reader.endswith("settings.py")} == set()


def test_only_the_runtime_builds_servers_and_configures_logging(parsed: dict[Path, ast.Module]) -> None:
    def calls(module: ast.Module) -> set[str]:
        return {ast.unparse(node.func) for node in ast.walk(module) if isinstance(node, ast.Call)}

    forbidden = {"grpc.aio.server", "aio.server", "grpc.server", "logging.basicConfig", "structlog.configure"}
    offenders = {
        path.relative_to(ROOT).as_posix(): found
        for path, module in parsed.items()
        if (found := calls(module) & forbidden) and "services/runtime/" not in path.as_posix()
    }
    assert offenders == {}


def test_the_yaml_folders_hold_no_python() -> None:
    assert _tracked("envoy/**/*.py", "istio/**/*.py") == []
