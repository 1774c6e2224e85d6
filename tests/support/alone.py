"""One heavy thing at a time, among all processes that run tests on this machine."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone() -> Iterator[None]:
    """No other block of this kind runs meanwhile, in whichever process; not to be nested.

    A mesh that starts takes all processors for seconds. Calls with deadlines, made at a steady rate, cannot be expected
    to be in time beside that: whether they are says something about the machine, not about us.
    """
    file = Path(tempfile.gettempdir(), f"malha-tests-{os.getuid()}.lock")
    # The system lets go of it when the process ends, however it ends.
    with file.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
