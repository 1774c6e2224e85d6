"""List reports, page by page."""

from __future__ import annotations

from dataclasses import dataclass

from services.analysis.domain.access import Viewer
from services.analysis.domain.reports import ReportRecord
from services.analysis.ports import ReportReader
from services.runtime.listing.page import Page


@dataclass(frozen=True, slots=True)
class ListReports:
    """Finds a page of the reports that the viewer sees."""

    reader: ReportReader

    async def __call__(self, viewer: Viewer, page: Page) -> list[ReportRecord]:
        """The reports of the page and one more if there is one."""
        return await self.reader.list(viewer, page)
