"""On which processor a server runs.

A Python process serves on one processor at a time whatever it is given. Where the system moves its threads between two,
each hand-over from gRPC's threads to the event loop's wakes a sleeping processor, which costs a third of a small call
(docs/adr/0017). Systems that know no affinity go on without.
"""

import contextlib
import os
from pathlib import Path

_first: frozenset[int] | None = None


def available() -> tuple[int, ...]:
    """The processors that this process may run on, in order; empty where the system does not say."""
    return tuple(sorted(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else ()


def keep_to(cpu: int) -> None:
    """Keeps all threads of this process, and those they start, on processor `cpu`, if that is one of its own."""
    global _first  # noqa: PLW0603 - what the process began with, remembered once
    processors = frozenset(available())
    if cpu not in processors:
        return
    _first = _first or processors
    for thread in Path("/proc/self/task").iterdir():
        with contextlib.suppress(ProcessLookupError):  # it has ended meanwhile
            os.sched_setaffinity(int(thread.name), {cpu})


def let_go(pid: int) -> None:
    """Gives a child process all processors that this one began with; right after its start, before it has threads."""
    if _first is not None:
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(pid, _first)
