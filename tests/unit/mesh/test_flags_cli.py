"""`malha flags` shows what a file says, for whom, and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from services.mesh.cli_flags import flags

if TYPE_CHECKING:
    from pathlib import Path

FILE = """
flags:
  analysis-projects:
    value: true
    description: Analyses of whole projects.
    rules:
      - {tenants: [t1], tiers: [free], value: false}
      - {percent: 100, by: tenant, value: true}
      - {value: false}
  batch: 3
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MALHA_STATE_DIR", str(tmp_path))
    monkeypatch.delenv("MALHA_FLAGS_FILE", raising=False)
    return tmp_path / "flags.yaml"


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(flags, arguments)


def _value(*arguments: str) -> tuple[object, str]:
    done = _run("--json", *arguments)
    first = json.loads(done.stdout)["flags"][0]
    assert first["name"] == "analysis-projects"
    return first["value"], first["why"]


@pytest.mark.parametrize(
    ("caller", "expected"),
    [
        (("--tenant", "t1", "--tier", "free"), (False, "rules[0]: tenants t1; tiers free")),
        (("--tenant", "t1", "--tier", "pro"), (True, "rules[1]: 100 % by tenant")),
        ((), (False, "rules[2]: everyone")),
    ],
)
def test_who_asks_gets_the_value_and_the_rule(path: Path, caller: tuple[str, ...], expected: tuple[bool, str]) -> None:
    path.write_text(FILE)
    assert _value(*caller) == expected


def test_the_table_names_what_a_flag_switches(path: Path) -> None:
    path.write_text("flags: {analysis-projects: false, batch: 3}")
    rows = [line.split() for line in _run().stdout.splitlines()]
    assert rows == [
        ["FLAG", "VALUE", "WHY", "SWITCHES"],
        ["analysis-projects", "false", "for", "everyone", "AnalysisService.AnalyzeProject"],
        ["batch", "3", "for", "everyone"],
    ]


def test_without_a_file_what_contracts_name_is_on(path: Path) -> None:
    assert _value() == (True, "not in the file: on")
    assert json.loads(_run("--json").stdout)["file"] == str(path)


def test_an_unusable_file_is_told_with_its_place_and_its_effect(path: Path) -> None:
    path.write_text("flags: {analysis-projects: 3}")
    done = _run()
    assert (done.exit_code, done.stdout) == (1, "")
    assert f"{path}: flags.analysis-projects: it switches a method" in done.stderr
    assert "last good values" in done.stderr


def test_another_file_can_be_named(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("flags: {analysis-projects: false}")
    monkeypatch.setenv("MALHA_FLAGS_FILE", str(other))
    assert _value() == (False, "for everyone")
