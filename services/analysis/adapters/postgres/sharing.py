"""Shares of reports in PostgreSQL."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from services.analysis.adapters.postgres.query import seen_by
from services.analysis.adapters.postgres.tables import report_shares, reports
from services.analysis.domain.access import ReportShare, Viewer
from services.runtime.db import UnitOfWork

_columns = report_shares.c


class PostgresReportSharing:
    """Shares within one unit of work; see ReportSharing."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    async def creator(self, viewer: Viewer, report: UUID) -> str | None:
        """Who made a report that the viewer sees. It stays as it is until the end of the unit of work."""
        found = select(reports.c.creator).where(seen_by(viewer), reports.c.id == report).with_for_update()
        creator: str | None = await self._work.connection.scalar(found)
        return creator

    async def share(self, share: ReportShare) -> ReportShare:
        """Store the share, of which there is none yet."""
        row = {
            "tenant": self._work.tenant,
            "report": share.report,
            "subject": share.subject,
            "creator": share.creator,
            "create_time": share.create_time,
        }
        await self._work.connection.execute(insert(report_shares).values(row))
        return share

    async def unshare(self, report: UUID, subject: str) -> bool:
        """Remove the share."""
        done = await self._work.connection.execute(
            delete(report_shares).where(
                _columns.tenant == self._work.tenant, _columns.report == report, _columns.subject == subject
            )
        )
        return bool(done.rowcount)

    async def shares(self, report: UUID) -> list[ReportShare]:
        """The shares of a report, by subject."""
        found = (
            select(_columns.report, _columns.subject, _columns.creator, _columns.create_time)
            .where(_columns.tenant == self._work.tenant, _columns.report == report)
            .order_by(_columns.subject)
        )
        return [ReportShare(*row) for row in await self._work.connection.execute(found)]
