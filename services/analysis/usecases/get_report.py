"""Get one report."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.analysis.domain.access import Viewer
from services.analysis.domain.errors import ReportNotFound
from services.analysis.ports import ReportReader
from services.analysis.usecases.record import StoredReport


@dataclass(frozen=True, slots=True)
class GetReport:
    """Finds a report by its id, among those that the viewer sees."""

    reader: ReportReader

    async def __call__(self, viewer: Viewer, report: UUID, *, with_body: bool) -> StoredReport:
        """The report, its findings loaded only `with_body`; raises ReportNotFound."""
        found = await self.reader.get(viewer, report, with_body=with_body)
        if found is None:
            raise ReportNotFound(report)
        return StoredReport(*found)
