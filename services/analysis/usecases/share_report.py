"""Show a report to somebody else."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.analysis.domain.access import LARGEST_AUDIENCE, ReportShare, Viewer
from services.analysis.ports import ReportSharing
from services.analysis.usecases.own_report import require_own
from services.runtime.clock import Clock
from services.runtime.exceptions import FieldViolation, ValidationFailed


@dataclass(frozen=True, slots=True)
class ShareReport:
    """Shows a report to one more of its tenant."""

    clock: Clock

    async def __call__(self, sharing: ReportSharing, viewer: Viewer, report: UUID, subject: str) -> ReportShare:
        """The share, which is the earlier one where there is one already.

        Raises ReportNotFound, PermissionMissing, and ValidationFailed when the report is shown to as many as it may be.
        """
        await require_own(sharing, viewer, report)
        shares = await sharing.shares(report)
        if (earlier := next((share for share in shares if share.subject == subject), None)) is not None:
            return earlier
        if len(shares) >= LARGEST_AUDIENCE:
            raise ValidationFailed(
                [FieldViolation("subject", f"a report is shown to at most {LARGEST_AUDIENCE}", "most")]
            )
        return await sharing.share(ReportShare(report, subject, viewer.subject, self.clock.now()))
