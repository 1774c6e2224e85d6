"""Files that hold a secret: written for their owner alone, and not read when others could have read them."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_LARGEST_BYTES = 64 * 1024


class FileUnsafe(Exception):
    """A file with a secret is open to others, or is not a file; the text says what to do."""


def read(path: Path) -> bytes:
    """What is in the file.

    Raises:
        FileUnsafe: it belongs to somebody else, others may read or write it, or it is a link, a device or very large.
        OSError: there is none, or it cannot be read; a FileNotFoundError in the first case.
    """
    descriptor = _open(path)
    with os.fdopen(descriptor, "rb") as file:
        _check(path, os.fstat(descriptor))
        return file.read(_LARGEST_BYTES)


def write(path: Path, content: bytes) -> None:
    """Puts a file that only its owner may read there, all or nothing, with its folder, which others cannot enter.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """The body runs in one process at a time, of all that name the same path; it is a file beside the one in question.

    Raises:
        OSError: the file cannot be made.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if sys.platform != "win32":
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    try:
        # A pipe under this name must not make us wait for its other end.
        return os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        if path.is_symlink():
            raise FileUnsafe(f"{path} is a link, and a file with a secret must not be: remove it") from None
        raise


def _check(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST_BYTES:
        raise FileUnsafe(f"{path} is not what this client wrote: remove it")
    if sys.platform == "win32":
        return  # a user's folder is closed to others there, and modes say nothing
    if found.st_uid != os.geteuid():
        raise FileUnsafe(f"{path} belongs to another user: it is not read")
    if found.st_mode & 0o077:
        mode = stat.S_IMODE(found.st_mode)
        raise FileUnsafe(f"others may read {path} (mode {mode:o}), so what is in it is no secret: remove it")
