"""List reports, page by page."""

from __future__ import annotations

from dataclasses import dataclass

from services.analysis.domain.access import Viewer
from services.analysis.domain.reports import ReportRecord
from services.analysis.ports import ReportQuery, ReportReader


@dataclass(frozen=True, slots=True)
class ListReports:
    """Finds a page of the reports that the viewer sees."""

    reader: ReportReader

    async def __call__(self, viewer: Viewer, query: ReportQuery) -> tuple[list[ReportRecord], bool]:
        """At most `query.limit` reports, and whether more follow."""
        wider = ReportQuery(query.filter, query.order, query.limit + 1, query.after)
        found = await self.reader.list(viewer, wider)
        return found[: query.limit], len(found) > query.limit
