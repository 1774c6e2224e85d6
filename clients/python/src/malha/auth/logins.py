"""The logins a person has made on this machine, one for each mesh: in the keyring of the system, or in a file.

A small file always says who is logged in and where the tokens are. The tokens stand in the keyring where there is one,
and in that file, which only its owner may read, where there is none.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from malha.auth import private_file
from malha.auth.private_file import FileUnsafe

_SERVICE = "malha"
_IN_KEYRING = "keyring"
_IN_FILE = "file"


@dataclass(frozen=True, slots=True)
class Login:
    """What a login left behind."""

    refresh_token: str = field(repr=False)
    access_token: str = field(default="", repr=False)
    """The last access token; empty when there was none yet."""
    expires_at: float = 0.0
    """The second since 1970 at which the access token ends."""
    life: float = 0.0
    """The seconds the access token was issued for."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a login is."""

    place: str
    """In words: the keyring of the system, or the path of a file."""
    why_file: str = ""
    """Why it is not in the keyring; empty when it is."""

    def __str__(self) -> str:
        return f"{self.place}, which only you can read: {self.why_file}" if self.why_file else self.place


class LoginUnreadable(Exception):
    """There is a login, but its tokens cannot be had; the text says what to do."""


class Keyring(Protocol):
    """What is needed of the keyring of the system; each call raises an exception of its own kind when it fails."""

    def get_password(self, service: str, username: str) -> str | None: ...
    def set_password(self, service: str, username: str, password: str) -> None: ...
    def delete_password(self, service: str, username: str) -> None: ...


def system_keyring() -> Keyring | None:
    """The keyring of the system; None where there is none that keeps a secret, or the extra is not installed.

    Raises:
        Exception: of any kind: a keyring was chosen by environment or file that is not there, or does not work here.
    """
    try:
        import keyring
        from keyring.core import recommended
    except ImportError:
        return None
    found = keyring.get_keyring()
    return found if recommended(found) else None


class Logins:
    """The logins in `folder`, by the address of their mesh. `keyring` is called only when it is needed: it is slow."""

    def __init__(self, folder: Path, keyring: Callable[[], Keyring | None] = system_keyring) -> None:
        self._folder = folder
        self._keyring = keyring

    def has(self, address: str) -> bool:
        """Whether somebody has logged in there, at the price of a look at a file: the keyring is not asked."""
        path = self._path(address)
        return path.exists() or path.is_symlink()

    def get(self, address: str) -> Login | None:
        """The login there; None when nobody has logged in.

        Raises:
            LoginUnreadable: there is one that cannot be read, or must not be.
        """
        path = self._path(address)
        try:
            written = json.loads(private_file.read(path))
            kept = written["tokens"] if written["kept_in"] == _IN_FILE else self._from_keyring(address)
            return Login(**kept)
        except FileNotFoundError:
            return None
        except FileUnsafe as error:
            raise LoginUnreadable(f"{error}, and log in again with `malha login`") from None
        except (OSError, ValueError, LookupError, TypeError) as error:
            text = f"the login in {path} cannot be read ({type(error).__name__}): log in again with `malha login`"
            raise LoginUnreadable(text) from None

    def put(self, address: str, login: Login) -> Kept:
        """Keeps the login, and says where.

        Raises:
            OSError: it cannot be written.
        """
        tokens = asdict(login)
        why_file = self._into_keyring(address, json.dumps(tokens))
        if not why_file:
            self._write(address, {"address": address, "kept_in": _IN_KEYRING})
            return Kept("the keyring of this system")
        self._write(address, {"address": address, "kept_in": _IN_FILE, "tokens": tokens})
        return Kept(str(self._path(address)), why_file)

    def outdate(self, address: str) -> None:
        """Has the next token of the login there, if there is one, asked for anew: its owner may do other things now.

        Raises:
            LoginUnreadable: as `get`.
            OSError: it cannot be written.
        """
        with self.alone(address):
            login = self.get(address)
            if login is not None:
                self.put(address, Login(login.refresh_token))

    def drop(self, address: str) -> None:
        """Forgets the login there, if there is one."""
        path = self._path(address)
        with contextlib.suppress(Exception):  # each keyring has errors of its own, and there may be nothing to forget
            if json.loads(path.read_bytes())["kept_in"] == _IN_KEYRING and (keyring := self._keyring()) is not None:
                keyring.delete_password(_SERVICE, address)
        path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def alone(self, address: str) -> Iterator[None]:
        """The body is the only one on this machine that changes the login there: a refresh token serves once."""
        with private_file.locked(self._path(address).with_suffix(".lock")):
            yield

    def _path(self, address: str) -> Path:
        return self._folder / f"{re.sub(r'[^A-Za-z0-9.-]', '_', address)}.json"

    def _write(self, address: str, content: dict[str, Any]) -> None:
        private_file.write(self._path(address), (json.dumps(content, indent=2) + "\n").encode())

    def _from_keyring(self, address: str) -> dict[str, Any]:
        try:
            keyring = self._keyring()
            kept = keyring.get_password(_SERVICE, address) if keyring is not None else None
            why = "it is not there" if keyring is not None else "there is none"
        except Exception as error:  # each keyring has errors of its own
            kept, why = None, type(error).__name__
        if kept is None:
            text = f"the keyring does not give the login at {address} ({why}): unlock it, or log in with `malha login`"
            raise LoginUnreadable(text)
        tokens: dict[str, Any] = json.loads(kept)
        return tokens

    def _into_keyring(self, address: str, tokens: str) -> str:
        """Puts the tokens there; why that was not possible, empty when it was. The file is as good as it gets then."""
        try:
            keyring = self._keyring()
            if keyring is None:
                return "this system has no keyring"
            keyring.set_password(_SERVICE, address, tokens)
            # One that takes everything and keeps nothing would end the login without a word.
            return "" if keyring.get_password(_SERVICE, address) == tokens else "the keyring does not keep it"
        except Exception as error:  # each keyring has errors of its own: it is locked, or takes no text of this length
            return f"the keyring cannot be used ({type(error).__name__})"
