"""Logins and the keyrings that the `keyring` library finds: a real one is used, and what is no good is done without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend
from malha.auth.logins import Login, Logins, LoginUnreadable

ADDRESS = "mesh.example:443"
LOGIN = Login("the-refresh-token", "the-access-token", 1_000_000.0, 600.0)
OURS = "tests.support.file_keyring"


@pytest.fixture
def logins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Logins]:
    """Logins beside a file for a keyring, and no keyring chosen yet."""
    monkeypatch.setenv("TEST_KEYRING_FILE", str(tmp_path / "keyring.json"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    known = set(KeyringBackend._classes)
    yield Logins(tmp_path / "malha" / "logins")
    # A class of a test is no candidate for anybody else's choice.
    KeyringBackend._classes.intersection_update(known)


def choose(monkeypatch: pytest.MonkeyPatch, backend: str) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", backend)
    monkeypatch.setattr("keyring.core._keyring_backend", None)


def file_of(tmp_path: Path) -> bytes:
    return (tmp_path / "malha" / "logins" / "mesh.example_443.json").read_bytes()


def test_a_keyring_has_the_tokens_and_gives_them_back(
    logins: Logins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(monkeypatch, f"{OURS}.Keyring")
    assert str(logins.put(ADDRESS, LOGIN)) == "the keyring of this system"
    assert b"the-" not in file_of(tmp_path)
    assert "the-refresh-token" in (tmp_path / "keyring.json").read_text()
    assert logins.get(ADDRESS) == LOGIN
    choose(monkeypatch, f"{OURS}.Locked")
    assert logins.has(ADDRESS), "who connects does not wait for somebody to unlock a keyring"
    with pytest.raises(LoginUnreadable, match=r"\(KeyringLocked\): unlock it, or log in with `malha login`"):
        logins.get(ADDRESS)
    choose(monkeypatch, f"{OURS}.Keyring")
    logins.drop(ADDRESS)
    assert not logins.has(ADDRESS)
    assert (tmp_path / "keyring.json").read_text() == "{}"
    assert logins.get(ADDRESS) is None


@pytest.mark.parametrize(
    ("backend", "why"),
    [
        ("keyring.backends.null.Keyring", "this system has no keyring"),
        ("keyring.backends.fail.Keyring", "this system has no keyring"),
        ("keyring.backends.chainer.ChainerBackend", "this system has no keyring"),
        ("keyring.backends.SecretService.Keyring", "the keyring cannot be used (FileNotFoundError)"),
        ("nobody.has.installed.Keyring", "the keyring cannot be used (ModuleNotFoundError)"),
        (f"{OURS}.Locked", "the keyring cannot be used (KeyringLocked)"),
        (f"{OURS}.Forgetful", "the keyring does not keep it"),
    ],
)
def test_without_a_good_keyring_a_login_is_in_a_file_and_says_why(
    logins: Logins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backend: str, why: str
) -> None:
    # Where nobody has a desktop, nobody answers here; on a machine with one, it is not asked.
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/nobody")
    choose(monkeypatch, backend)
    kept = logins.put(ADDRESS, LOGIN)
    assert str(kept) == f"{kept.place}, which only you can read: {why}"
    assert Path(kept.place).stat().st_mode & 0o777 == 0o600
    assert logins.get(ADDRESS) == LOGIN
    logins.drop(ADDRESS)
    assert logins.get(ADDRESS) is None
