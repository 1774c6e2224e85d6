"""Adds the replicas' totals up so that they never fall, whichever replica comes or goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.mesh.judge import Sample

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.mesh.figures.exposition import Outcomes, Series
    from services.mesh.figures.scrape import Source

Totals = dict["Series", Sample]
# Far more than ever run at once: a process that is forgotten and comes back would be counted twice.
_PROCESSES = 1_024


class Ledger:
    """The sum over every process that was ever asked."""

    def __init__(self) -> None:
        self._totals: Totals = {}
        self._last: dict[tuple[str, int], Totals] = {}

    def enter(self, scraped: Mapping[Source, Outcomes]) -> Totals:
        """The totals of all replicas, those included that have ended or do not answer, after what was told now."""
        for source, outcomes in scraped.items():
            last = self._last.pop((source.replica, source.pid), {})
            for series, sample in outcomes.calls.items():
                before = last.get(series, Sample())
                # Counters of one process never fall: this page was asked for before the last one, and came later.
                if sample.calls >= before.calls:
                    self._totals[series] = self._totals.get(series, Sample()).plus(sample.since(before))
                    last[series] = sample
            self._last[source.replica, source.pid] = last
        while len(self._last) > _PROCESSES:
            self._last.pop(next(iter(self._last)))
        return dict(self._totals)
