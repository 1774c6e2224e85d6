"""Log files that processes append to by themselves, and that are rotated from outside."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_KEPT = 3


def open_log(path: Path) -> int:
    """A descriptor that appends to `path`, to hand to a child as its output."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def rotate(path: Path, limit: int) -> bool:
    """Move the content of a log beyond `limit` bytes to `<name>.1`, keeping three old files.

    The file itself stays, emptied: its writers hold it open. A line written between copy and cut is lost, which is the
    price of children that log without the supervisor's help and go on when it dies.
    """
    try:
        if path.stat().st_size <= limit:
            return False
    except FileNotFoundError:
        return False
    for number in range(_KEPT - 1, 0, -1):
        older = path.with_name(f"{path.name}.{number}")
        if older.exists():
            older.replace(path.with_name(f"{path.name}.{number + 1}"))
    shutil.copyfile(path, path.with_name(f"{path.name}.1"))
    os.truncate(path, 0)
    return True
