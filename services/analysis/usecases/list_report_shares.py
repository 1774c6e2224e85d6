"""Find out to whom a report is shown."""

from __future__ import annotations

from uuid import UUID

from services.analysis.domain.access import ReportShare, Viewer
from services.analysis.ports import ReportSharing
from services.analysis.usecases.own_report import require_own


async def list_report_shares(sharing: ReportSharing, viewer: Viewer, report: UUID) -> list[ReportShare]:
    """The shares of a report, by subject. Raises ReportNotFound or PermissionMissing."""
    await require_own(sharing, viewer, report)
    return await sharing.shares(report)
