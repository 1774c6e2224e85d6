"""Whether somebody may share a report; shared by the use cases about shares."""

from __future__ import annotations

from uuid import UUID

from services.analysis.domain.access import SEES_ALL, Viewer
from services.analysis.domain.errors import ReportNotFound
from services.analysis.ports import ReportSharing
from services.runtime.exceptions import PermissionMissing


async def require_own(sharing: ReportSharing, viewer: Viewer, report: UUID) -> None:
    """Return when the report is the viewer's own, or the viewer sees all reports.

    Raises ReportNotFound when the viewer does not see it and PermissionMissing when it was shared with the viewer.
    """
    creator = await sharing.creator(viewer, report)
    if creator is None:
        raise ReportNotFound(report)
    if creator != viewer.subject and not viewer.sees_all:
        raise PermissionMissing(SEES_ALL)
