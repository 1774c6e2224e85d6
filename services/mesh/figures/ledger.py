"""Adds the replicas' totals up so that they never fall, whichever replica comes or goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.mesh.judge import Sample

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.mesh.figures.exposition import Outcomes, Series
    from services.mesh.figures.scrape import Source

Totals = dict["Series", Sample]
# Processes whose last totals are kept one by one; those of older ones are kept as one sum.
_PROCESSES = 256


class Ledger:
    """The last known totals of every process that was ever asked."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, int], Totals] = {}
        self._gone: Totals = {}

    def enter(self, scraped: Mapping[Source, Outcomes]) -> Totals:
        """The totals of all replicas, those included that have ended or do not answer, after what was told now."""
        for source, outcomes in scraped.items():
            key = (source.replica, source.pid)
            self._last.pop(key, None)
            self._last[key] = outcomes.calls
        while len(self._last) > _PROCESSES:
            _add(self._gone, self._last.pop(next(iter(self._last))))
        totals = dict(self._gone)
        for calls in self._last.values():
            _add(totals, calls)
        return totals


def _add(totals: Totals, calls: Mapping[Series, Sample]) -> None:
    for series, sample in calls.items():
        totals[series] = totals.get(series, Sample()).plus(sample)
