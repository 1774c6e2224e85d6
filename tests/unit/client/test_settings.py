"""Where the client finds the mesh."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from malha.settings import Endpoint, SettingsError, resolve

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MALHA_ADDRESS", "MALHA_CA_FILE", "MALHA_STATE_DIR", "MALHA_EDGE_PORT", "MALHA_PLAINTEXT_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def running_mesh(state: Path) -> Path:
    ca_file = state / "pki/ca.pem"
    ca_file.parent.mkdir(parents=True)
    ca_file.write_text("a certificate")
    edge = {"address": "localhost:9443", "plaintext_address": "127.0.0.1:9080", "ca_file": str(ca_file)}
    (state / "edge.json").write_text(json.dumps(edge))
    return ca_file


def test_without_a_mesh_the_usual_ports_are_tried() -> None:
    assert resolve() == Endpoint("localhost:8443")
    assert resolve(plaintext=True) == Endpoint("127.0.0.1:8080", plaintext=True)


def test_without_a_mesh_the_ports_it_would_have_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALHA_EDGE_PORT", "9443")
    monkeypatch.setenv("MALHA_PLAINTEXT_PORT", "9080")
    assert resolve() == Endpoint("localhost:9443")
    assert resolve(plaintext=True) == Endpoint("127.0.0.1:9080", plaintext=True)


def test_a_running_mesh_is_found_from_below_its_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ca_file = running_mesh(tmp_path / ".malha")
    (tmp_path / "a/b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a/b")
    assert resolve() == Endpoint("localhost:9443", ca_file=ca_file)
    assert resolve(plaintext=True) == Endpoint("127.0.0.1:9080", plaintext=True)
    assert resolve("localhost:9443").ca_file == ca_file
    assert resolve("elsewhere:443").ca_file is None


def test_the_environment_and_then_arguments_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ca_file = running_mesh(tmp_path / "state")
    monkeypatch.setenv("MALHA_STATE_DIR", str(tmp_path / "state"))
    assert resolve().address == "localhost:9443"
    monkeypatch.setenv("MALHA_ADDRESS", "https://mesh.example:443/")
    monkeypatch.setenv("MALHA_CA_FILE", str(ca_file))
    assert resolve() == Endpoint("mesh.example:443", ca_file=ca_file)
    assert resolve("http://127.0.0.1:1") == Endpoint("127.0.0.1:1", plaintext=True)


@pytest.mark.parametrize("address", ["localhost", ":1", "ftp://a:1", "a:b"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match="is no address"):
        resolve(address)


def test_a_ca_file_must_exist() -> None:
    with pytest.raises(SettingsError, match="does not exist"):
        resolve("localhost:1", ca_file="nowhere.pem")
