"""How processes that have time stay out of the way of those who answer."""

from __future__ import annotations

import os
from typing import Final

_NICE: Final = 19


def give_way() -> None:
    """Run when nobody else wants to, on one processor: whoever asks for prices goes first, and does not wait for a
    slice to end.

    `nice` alone leaves a waking server waiting for milliseconds, until the slice of this process is over. And a process
    that may run anywhere is moved to each processor that falls idle: then those who wake find none that is free.
    """
    os.nice(_NICE)
    if hasattr(os, "SCHED_IDLE"):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        # What is begun from here on inherits both; and the same choice again keeps all of it on one processor.
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
