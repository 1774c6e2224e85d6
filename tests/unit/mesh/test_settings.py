"""What a person sets wrongly is told in one line that names the variable, by every verb, before anything is tried."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from services.mesh.__main__ import main
from services.mesh.announce import commands
from services.mesh.settings import MeshSettings, SettingInvalid, inherited_environment, load
from services.mesh.topology import PRICING, PROFILES
from services.pricing.settings import PricingSettings

if TYPE_CHECKING:
    from pathlib import Path

VERBS = (("up",), ("up", "--detach"), ("down",), ("status",), ("logs", "analysis"), ("restart", "analysis"))


def _run(verb: tuple[str, ...], **environment: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, list(verb), env=environment)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
@pytest.mark.parametrize("value", ["abc", "70000", "0", "-1", "8443.5"])
def test_a_malformed_port_is_named(verb: tuple[str, ...], value: str) -> None:
    code, output = _run(verb, MALHA_EDGE_PORT=value)
    assert code == 2
    assert output.startswith(f"malha: MALHA_EDGE_PORT={value} cannot be used: it must be ")
    assert output.endswith("set it so, or unset it for the default 8443\n")
    assert output.count("\n") == 1


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
@pytest.mark.parametrize(("one", "other"), [*itertools.combinations(("EDGE", "PLAINTEXT", "INNER"), 2)])
def test_one_port_for_two_listeners_is_refused(verb: tuple[str, ...], one: str, other: str) -> None:
    code, output = _run(verb, **{f"MALHA_{one}_PORT": "9000", f"MALHA_{other}_PORT": "9000"})
    assert code == 2
    assert f"MALHA_{one}_PORT and MALHA_{other}_PORT are both 9000" in output
    assert output.count("\n") == 1


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
@pytest.mark.parametrize("below", ["", "/x"])
def test_a_state_folder_that_is_a_file_is_refused(verb: tuple[str, ...], below: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    code, output = _run(verb, MALHA_STATE_DIR=f"{file}{below}")
    assert code == 2
    assert output.startswith(f"malha: MALHA_STATE_DIR={file}{below} cannot be used: {file} is not a folder; ")
    assert output.count("\n") == 1


@pytest.mark.parametrize("verb", VERBS[:2], ids=" ".join)
def test_a_state_folder_that_cannot_be_made_is_refused(verb: tuple[str, ...]) -> None:
    code, output = _run(verb, MALHA_STATE_DIR="/proc/malha")
    assert code == 2
    assert output.startswith("malha: MALHA_STATE_DIR=/proc/malha cannot be used: /proc/malha cannot be made ")
    assert output.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EDGE_HOST", "localhost"),
        ("OTLP_ENDPOINT", "collector"),
        ("DRAIN_SECONDS", "inf"),
        ("ENVOY_WORKERS", "0"),
        ("CERTIFICATE_SECONDS", "2"),
        ("TRACE_RATIO", "1.1"),
    ],
)
def test_other_settings_are_named_too(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"MALHA_{name}", value)
    with pytest.raises(SettingInvalid, match=f"^MALHA_{name}={value} cannot be used: it must be "):
        load()


@pytest.mark.parametrize("value", ["a,", "A", "a,,b", "1"])
def test_zones_have_names(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("MALHA_ZONES", value)
    with pytest.raises(SettingInvalid, match=f"^MALHA_ZONES={value} cannot be used: it must be names"):
        load()


def test_the_first_zone_is_envoys_own_and_none_counts_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALHA_ZONES", "b,a,b")
    assert load().zone_names == ("b", "a")


def test_all_that_is_wrong_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALHA_EDGE_PORT", "abc")
    monkeypatch.setenv("MALHA_PLAINTEXT_PORT", "70000")
    with pytest.raises(SettingInvalid) as caught:
        load()
    assert [line.partition("=")[0] for line in str(caught.value).splitlines()] == [
        "MALHA_EDGE_PORT", "MALHA_PLAINTEXT_PORT",
    ]  # fmt: skip


def test_an_empty_variable_is_an_absent_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MALHA_STATE_DIR", "")
    monkeypatch.setenv("MALHA_EDGE_PORT", "")
    assert load().root == tmp_path / ".malha"
    assert load().edge_port == 8443


def test_the_announced_curl_command_is_one_that_older_curls_know() -> None:
    (curl,) = [line for line in commands(PROFILES["default"], MeshSettings()) if line.startswith("curl")]
    assert "--json" not in curl
    assert "-H 'content-type: application/json' " in curl


@pytest.mark.parametrize("value", ["http://mesh.example", "https://mesh.example/", "https://Mesh.example", "mesh"])
def test_an_issuer_is_written_in_one_way(value: str) -> None:
    code, output = _run(("up",), MALHA_ISSUER=value)
    assert code == 2
    assert output.startswith(f"malha: MALHA_ISSUER={value} cannot be used: it must be https://host")


def test_who_issues_tokens_is_where_clients_call_unless_told_otherwise() -> None:
    assert MeshSettings(edge_port=9443).issuer_url == "https://localhost:9443"
    assert MeshSettings(issuer="https://mesh.example").issuer_url == "https://mesh.example"


@pytest.mark.parametrize("profile", sorted(name for name, topology in PROFILES.items() if not topology.guarded))
def test_what_asks_nobody_for_a_token_is_no_production(profile: str, tmp_path: Path) -> None:
    up = ("up", "--profile", profile)
    code, output = _run(up, MALHA_MODE="production", MALHA_STATE_DIR=str(tmp_path / "state"))
    assert code == 2
    assert output.startswith(f"malha: MALHA_MODE=production: the profile {profile} asks nobody for a token")
    assert not (tmp_path / "state").exists()


def test_a_replica_gets_the_settings_of_its_own_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("AWS_PRICES_URL", "https://prices.test"), ("GCP_PRICES_URL", ""), ("LISTEN", "127.0.0.1:1")):
        monkeypatch.setenv(f"MALHA_{name}", value)
    ours = {name: value for name, value in inherited_environment(PRICING.variables).items() if "MALHA_" in name}
    assert ours == {"MALHA_AWS_PRICES_URL": "https://prices.test"}


def test_the_settings_of_the_pricing_service_are_called_so() -> None:
    assert {name.removeprefix("MALHA_").lower() for name in PRICING.variables} <= PricingSettings.model_fields.keys()
