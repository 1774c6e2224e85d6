"""Keyrings as other distributions bring them, chosen by `PYTHON_KEYRING_BACKEND`: one in a file, and bad ones."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import ClassVar

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

FILE = "TEST_KEYRING_FILE"
"""The variable that names the file."""


class Keyring(KeyringBackend):
    """Keeps secrets in a file."""

    priority: ClassVar[float] = 5

    def get_password(self, service: str, username: str) -> str | None:
        return self._read().get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._write({**self._read(), f"{service} {username}": password})

    def delete_password(self, service: str, username: str) -> None:
        kept = self._read()
        if kept.pop(f"{service} {username}", None) is None:
            raise PasswordDeleteError("there is none")
        self._write(kept)

    def _read(self) -> dict[str, str]:
        file = Path(os.environ[FILE])
        kept: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
        return kept

    def _write(self, kept: dict[str, str]) -> None:
        Path(os.environ[FILE]).write_text(json.dumps(kept))


class Locked(Keyring):
    """Nobody has unlocked it."""

    def _read(self) -> dict[str, str]:
        raise KeyringLocked("the collection is locked")


class Forgetful(Keyring):
    """Takes everything and keeps nothing."""

    def _write(self, kept: dict[str, str]) -> None:
        pass
