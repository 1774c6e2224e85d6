"""On which processors a server runs.

A Python process serves on one processor at a time whatever it is given. Where the system moves its threads between two,
each hand-over from gRPC's threads to the event loop's wakes a sleeping processor, which costs a third of a small call
(docs/adr/0017). Systems that know no affinity go on without.
"""

import contextlib
import os
from collections.abc import Set
from pathlib import Path


def available() -> tuple[int, ...]:
    """The processors that this process may run on, in order; empty where the system does not say."""
    return tuple(sorted(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else ()


_first = available()


def keep(pid: int, processors: Set[int]) -> None:
    """Keeps all threads that process `pid` has, and those they start, on `processors`, unless it does so already.

    Nothing happens to a process that has ended, nor where a processor has been taken from this one meanwhile.
    """
    done: set[int] = set()
    with contextlib.suppress(OSError):
        if os.sched_getaffinity(pid) == processors:
            return
        # Threads that were started meanwhile by one whose turn had not come are found by another look.
        while new := {int(task.name) for task in Path(f"/proc/{pid}/task").iterdir()} - done:
            for thread in new:
                with contextlib.suppress(ProcessLookupError):  # the thread has ended meanwhile
                    os.sched_setaffinity(thread, processors)
            done |= new


def let_go(pid: int) -> None:
    """Gives a child process all processors that this one began with; right after its start, before it has threads."""
    if _first != available():
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(pid, _first)
