"""Which processor each replica of a service keeps to, whatever comes and goes (docs/adr/0017)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.runtime import affinity

if TYPE_CHECKING:
    from collections.abc import Sequence


def share(pids: Sequence[int]) -> None:
    """Shares the machine's processors out among the processes that serve.

    Where there is at least one process for each processor, they take turns. Where there are fewer, each runs anywhere:
    a processor that nobody keeps to would lie idle, and who keeps to a busy one cannot leave it.
    """
    processors = affinity.available()
    if len(processors) < 2:
        return
    for turn, pid in enumerate(pids):
        one_each = len(pids) >= len(processors)
        affinity.keep(pid, {processors[turn % len(processors)]} if one_each else set(processors))
