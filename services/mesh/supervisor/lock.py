"""One supervisor for each state folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class AlreadyRunning(Exception):
    """Another supervisor holds the folder."""

    def __init__(self, pid: int | None) -> None:
        super().__init__(f"this mesh is already up (process {pid or 'unknown'}); see `malha status`, `malha down`")
        self.pid = pid


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock while the block runs; the kernel lets go of it however this process ends. Raises AlreadyRunning."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(_read(path)) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def holder(path: Path) -> int | None:
    """The process that holds the lock, None when nobody does."""
    try:
        with held_probe(path):
            return None
    except AlreadyRunning as error:
        return error.pid
    except FileNotFoundError:
        return None


@contextlib.contextmanager
def held_probe(path: Path) -> Iterator[None]:
    """Try the lock without taking it for longer than the block, and without writing; raises AlreadyRunning."""
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise AlreadyRunning(_read(path)) from None
    finally:
        os.close(descriptor)


def _read(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (ValueError, OSError):
        return None
