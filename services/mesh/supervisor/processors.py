"""Which processor each replica of a service keeps to, whatever comes and goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.runtime import affinity

if TYPE_CHECKING:
    from collections.abc import Sequence


class Processors:
    """Shares the machine's processors out among the processes that serve (docs/adr/0017).

    Where there is at least one process for each processor, they take turns. Where there are fewer, each runs anywhere:
    a processor that nobody keeps to would lie idle, and who keeps to a busy one cannot leave it.
    """

    def __init__(self) -> None:
        self._all = affinity.available()
        self._kept: dict[int, tuple[int, ...]] = {}

    def share(self, pids: Sequence[int]) -> None:
        """These processes serve now. Others keep what they have until they serve."""
        # A process that is new has them all.
        self._kept = {pid: self._kept.get(pid, self._all) for pid in pids}
        for turn, pid in enumerate(pids):
            kept = (self._all[turn % len(self._all)],) if len(pids) >= len(self._all) > 1 else self._all
            if kept != self._kept[pid]:
                affinity.keep(pid, kept)
                self._kept[pid] = kept
