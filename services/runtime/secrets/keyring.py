"""The key-encryption keys, in a file that nobody else can read.

The file is JSON: `{"primary": "k2", "keys": {"k1": "<32 bytes in base64>", "k2": "…"}}`. It may be a mounted secret.
All keys open; the primary one seals. So a key is replaced in three steps, none of which needs a moment of silence: a
new one is added (`rotate` makes it the primary one), what is sealed beneath older ones is sealed anew (`Vault.renew`),
and the old one is taken out of the file (`retire`).
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KEY_BYTES = 32
_KEY_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_LARGEST_BYTES = 65_536


class KeysUnusable(Exception):
    """The file of keys is missing, open to others or damaged. The message holds its path, never its content."""


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """What the file holds."""

    primary: str
    by_id: dict[str, bytes]

    def __repr__(self) -> str:
        return f"Keys({', '.join(self.by_id)}; primary {self.primary})"


class KeyRing:
    """The keys of one file, read again whenever the file was replaced: a rotation needs no restart."""

    def __init__(self, path: Path) -> None:
        """Reads the keys.

        Raises:
            KeysUnusable: they cannot be used.
        """
        self._path = path
        self._stamp = _stamp(path)
        self._keys = _read(path)

    def __repr__(self) -> str:
        return f"KeyRing({str(self._path)!r})"

    def current(self) -> Keys:
        """The keys as the file has them now; those of before, while the file cannot be read."""
        try:
            stamp = _stamp(self._path)
            if stamp != self._stamp:
                self._keys, self._stamp = _read(self._path), stamp
        except KeysUnusable:
            pass  # whoever replaces it is not done; what was read is still good
        return self._keys


def create_keys(path: Path) -> bool:
    """Makes a file with one key if there is none yet; whether it did. Safe to call from several processes at once."""
    if path.exists():
        return False
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return _write(path, Keys("k1", {"k1": secrets.token_bytes(KEY_BYTES)}), replace=False)


def rotate(path: Path) -> str:
    """Adds a key to the file and makes it the primary one; its id.

    Raises:
        KeysUnusable: the file cannot be used.
    """
    keys = _read(path)
    number = max((int(key[1:]) for key in keys.by_id if key[0] == "k" and key[1:].isdecimal()), default=0) + 1
    name = f"k{number}"
    _write(path, Keys(name, {**keys.by_id, name: secrets.token_bytes(KEY_BYTES)}), replace=True)
    return name


def retire(path: Path) -> list[str]:
    """Takes every key but the primary one out of the file; their ids. What they sealed and nobody renewed is lost.

    Raises:
        KeysUnusable: the file cannot be used.
    """
    keys = _read(path)
    _write(path, Keys(keys.primary, {keys.primary: keys.by_id[keys.primary]}), replace=True)
    return sorted(keys.by_id.keys() - {keys.primary})


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError as error:
        raise KeysUnusable(f"cannot read the keys in {path}: {type(error).__name__}") from None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _read(path: Path) -> Keys:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            raw = file.read(_LARGEST_BYTES)
    except OSError as error:
        raise KeysUnusable(f"cannot read the keys in {path}: {type(error).__name__}") from None
    # A mounted secret may be readable to the group of its pod; it is never anybody's to read or to write.
    if mode & (stat.S_IRWXO | stat.S_IWGRP):
        raise KeysUnusable(f"the keys in {path} are open to others; its mode must be 0600")
    try:
        return _parse(json.loads(raw))
    except (ValueError, TypeError, KeyError, AttributeError, binascii.Error):
        raise KeysUnusable(f"the keys in {path} are damaged") from None


def _parse(content: Any) -> Keys:
    by_id = {key: base64.b64decode(text, validate=True) for key, text in content["keys"].items()}
    primary = content["primary"]
    if primary not in by_id or any(len(key) != KEY_BYTES for key in by_id.values()):
        raise ValueError
    if not all(_KEY_ID.fullmatch(key) for key in by_id):
        raise ValueError
    return Keys(primary, by_id)


def _write(path: Path, keys: Keys, *, replace: bool) -> bool:
    """Whole or not at all: written beside the file and moved over it, or linked to a name nobody has taken yet."""
    content = {
        "primary": keys.primary,
        "keys": {key: base64.b64encode(value).decode() for key, value in keys.by_id.items()},
    }
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    if replace:
        beside.replace(path)
        return True
    try:
        path.hardlink_to(beside)
    except FileExistsError:
        return False
    finally:
        beside.unlink()
    return True
