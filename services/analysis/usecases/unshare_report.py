"""Show a report to somebody no longer."""

from __future__ import annotations

from uuid import UUID

from services.analysis.domain.access import Viewer
from services.analysis.ports import ReportSharing
from services.analysis.usecases.own_report import require_own


async def unshare_report(sharing: ReportSharing, viewer: Viewer, report: UUID, subject: str) -> bool:
    """Take a share back; whether there was one. Raises ReportNotFound or PermissionMissing."""
    await require_own(sharing, viewer, report)
    return await sharing.unshare(report, subject)
