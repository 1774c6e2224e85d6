"""The key that seals checkpoints. It never changes: what it sealed must be checked for as long as entries are kept."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

_BYTES = 32


class SealKeyUnusable(Exception):
    """The file of the key is unreadable, open to others or damaged. The message holds the path, never the content."""


def seal_key(path: Path) -> bytes:
    """The key in a file, which is made, for its owner's eyes only, where there is none.

    Raises:
        SealKeyUnusable: there is one and it cannot be used.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        # Written aside and linked: whoever comes at the same time finds a whole key or none.
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(fresh)
        finally:
            fresh.unlink()
    try:
        if path.stat().st_mode & 0o007:
            raise SealKeyUnusable(f"the key in {path} is open to others; its mode must be 0600")
        key = bytes.fromhex(path.read_text().strip())
    except (OSError, ValueError):
        raise SealKeyUnusable(f"cannot read the key in {path}") from None
    if len(key) != _BYTES:
        raise SealKeyUnusable(f"the key in {path} is damaged")
    return key
