"""How processes that have time stay out of the way of those who answer."""

from __future__ import annotations

import os
from typing import Final

_NICE: Final = 19


def give_way() -> None:
    """Run when nobody else wants to: whoever asks for prices goes first, and does not wait for a slice to end.

    `nice` alone leaves a waking server waiting for milliseconds, until the slice of this process is over.
    """
    os.nice(_NICE)
    if hasattr(os, "SCHED_IDLE"):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
