"""Logins are kept where nobody else can read them, and not used from where somebody else could."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest
from malha.auth import private_file
from malha.auth.logins import Keyring, Login, Logins, LoginUnreadable
from malha.auth.private_file import FileUnsafe

ADDRESS = "mesh.example:443"
LOGIN = Login("the-refresh-token", "the-access-token", 1_000_000.0, 600.0)


class MemoryKeyring:
    """A keyring that keeps what it is told, or fails as a locked one does."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        self._check()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._check()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._check()
        del self.kept[service, username]

    def _check(self) -> None:
        if self.locked:
            raise RuntimeError("the keyring is locked")


@pytest.fixture
def keyring() -> MemoryKeyring:
    return MemoryKeyring()


@pytest.fixture
def logins(tmp_path: Path) -> Logins:
    return Logins(tmp_path / "malha" / "logins", no_keyring)


def no_keyring() -> Keyring | None:
    return None


def file_of(tmp_path: Path) -> Path:
    return tmp_path / "malha" / "logins" / "mesh.example_443.json"


def test_without_a_keyring_a_login_is_in_a_file_of_its_owner_alone(logins: Logins, tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        where = logins.put(ADDRESS, LOGIN)
    finally:
        os.umask(old)
    assert where.place == str(file_of(tmp_path))
    assert where.why_file == "this system has no keyring"
    assert stat.S_IMODE(file_of(tmp_path).stat().st_mode) == 0o600
    assert stat.S_IMODE(file_of(tmp_path).parent.stat().st_mode) == 0o700
    assert logins.get(ADDRESS) == LOGIN
    assert logins.get("another:443") is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o606, 0o601, 0o610])
def test_a_file_that_others_may_open_is_refused(logins: Logins, tmp_path: Path, mode: int) -> None:
    logins.put(ADDRESS, LOGIN)
    file_of(tmp_path).chmod(mode)
    with pytest.raises(LoginUnreadable, match=rf"mode {mode:o}.*malha login"):
        logins.get(ADDRESS)
    logins.put(ADDRESS, LOGIN)
    assert logins.get(ADDRESS) == LOGIN, "a new login mends it"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_is_refused(logins: Logins, tmp_path: Path) -> None:
    logins.put(ADDRESS, LOGIN)
    os.chown(file_of(tmp_path), 65534, 65534)
    with pytest.raises(LoginUnreadable, match="another user"):
        logins.get(ADDRESS)


def test_a_link_is_not_followed(logins: Logins, tmp_path: Path) -> None:
    logins.put(ADDRESS, LOGIN)
    elsewhere = file_of(tmp_path).rename(tmp_path / "elsewhere.json")
    file_of(tmp_path).symlink_to(elsewhere)
    with pytest.raises(LoginUnreadable, match="is a link"):
        logins.get(ADDRESS)


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(FileUnsafe, match="not what this client wrote"):
        private_file.read(tmp_path / "pipe")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"kept_in": "file"}', b'{"kept_in": "file", "tokens": {"a": 1}}']
)
def test_a_broken_file_says_to_log_in_again(logins: Logins, tmp_path: Path, content: bytes) -> None:
    private_file.write(file_of(tmp_path), content)
    with pytest.raises(LoginUnreadable, match="malha login"):
        logins.get(ADDRESS)


def test_with_a_keyring_the_file_holds_no_token(tmp_path: Path, keyring: MemoryKeyring) -> None:
    logins = Logins(tmp_path / "malha" / "logins", lambda: keyring)
    assert str(logins.put(ADDRESS, LOGIN)) == "the keyring of this system"
    assert b"the-" not in file_of(tmp_path).read_bytes()
    assert logins.get(ADDRESS) == LOGIN
    keyring.locked = True
    with pytest.raises(LoginUnreadable, match="malha login"):
        logins.get(ADDRESS)
    keyring.locked = False
    logins.drop(ADDRESS)
    assert keyring.kept == {}
    assert logins.get(ADDRESS) is None


def test_a_locked_keyring_is_done_without(tmp_path: Path, keyring: MemoryKeyring) -> None:
    keyring.locked = True
    logins = Logins(tmp_path / "malha" / "logins", lambda: keyring)
    assert logins.put(ADDRESS, LOGIN).place == str(file_of(tmp_path))
    assert logins.get(ADDRESS) == LOGIN


def test_a_login_whose_owner_may_do_other_things_now_has_no_token(logins: Logins) -> None:
    logins.outdate(ADDRESS)
    assert logins.get(ADDRESS) is None
    logins.put(ADDRESS, LOGIN)
    logins.outdate(ADDRESS)
    assert logins.get(ADDRESS) == Login(LOGIN.refresh_token)


def test_logging_out_twice_is_no_error(logins: Logins) -> None:
    logins.put(ADDRESS, LOGIN)
    logins.drop(ADDRESS)
    logins.drop(ADDRESS)
    assert logins.get(ADDRESS) is None


def test_one_at_a_time_changes_a_login(logins: Logins) -> None:
    inside = threading.Event()

    def second() -> None:
        with logins.alone(ADDRESS):
            inside.set()

    with logins.alone(ADDRESS):
        thread = threading.Thread(target=second)
        thread.start()
        assert not inside.wait(0.2)
    assert inside.wait(10)
    thread.join()


def test_tokens_are_not_in_the_repr() -> None:
    assert "the-" not in repr(LOGIN)
