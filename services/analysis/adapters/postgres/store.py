"""Reports in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, Select, and_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from services.analysis.adapters.postgres.query import list_statement, seen_by
from services.analysis.adapters.postgres.tables import payloads, reports
from services.analysis.domain.access import Viewer
from services.analysis.domain.findings import Category, Severity, SourceSummary
from services.analysis.domain.reports import NewReport, ReportKind, ReportRecord, Timings
from services.runtime import audit
from services.runtime.db import UnitOfWork
from services.runtime.exceptions import RequestIdReused
from services.runtime.listing.page import Page

_COLUMNS = ", ".join(stored.name for stored in reports.c)
# The rows are one JSON text. A parameter for each value of a batch would be thousands, in a statement as long as the
# batch: to write, parse and plan it costs several times what storing the rows does.
_INSERT = text(
    f"INSERT INTO {reports.fullname} ({_COLUMNS})"  # noqa: S608 - all names are ours
    f" SELECT {_COLUMNS} FROM json_populate_recordset(NULL::{reports.fullname}, CAST(:rows AS json))"
    " ON CONFLICT ON CONSTRAINT reports_request DO NOTHING RETURNING id"
)


class PostgresReportStore:
    """Keeps and finds reports; see ReportStore."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, creator: Viewer, new: Sequence[NewReport]) -> list[ReportRecord]:
        """Store all or none in one transaction; a repeated request finds the rows of the first one."""
        async with UnitOfWork(self._engine, creator.tenant) as work:
            await _add_payloads(work, new)
            rows = msgspec.json.encode([_to_row(creator, report) for report in new]).decode()
            inserted = set(await work.connection.scalars(_INSERT, {"rows": rows}))
            repeated = [report for report in new if report.record.id not in inserted]
            earlier = await _earlier(work, creator, repeated) if repeated else {}
            if inserted:
                await _record(work, creator, [report for report in new if report.record.id in inserted])
            await work.commit()
        return [
            report.record if report.record.id in inserted else earlier[report.request.request_id, report.request.item]
            for report in new
        ]

    async def get(self, viewer: Viewer, report: UUID, *, with_body: bool) -> tuple[ReportRecord, bytes | None] | None:
        """The report, joined with its payload only when that is asked for."""
        statement: Select[Any] = select(reports).where(seen_by(viewer), reports.c.id == report)
        if with_body:
            theirs = and_(payloads.c.tenant == reports.c.tenant, payloads.c.key == reports.c.payload)
            statement = statement.add_columns(payloads.c.body).outerjoin(payloads, theirs)
        async with UnitOfWork(self._engine, viewer.tenant) as work:
            row = (await work.connection.execute(statement)).one_or_none()
        return None if row is None else (_to_record(row), row.body if with_body else None)

    async def list(self, viewer: Viewer, page: Page) -> list[ReportRecord]:
        """A page of reports in the order asked for."""
        async with UnitOfWork(self._engine, viewer.tenant) as work:
            rows = await work.connection.execute(list_statement(viewer, page))
            return [_to_record(row) for row in rows]


async def _add_payloads(work: UnitOfWork, new: Sequence[NewReport]) -> None:
    bodies = {report.key: report.body for report in new if report.key is not None}
    if bodies:
        # Sorted, so that two transactions that store the same sources never wait for each other in a circle.
        rows = [{"tenant": work.tenant, "key": key, "body": bodies[key]} for key in sorted(bodies)]
        await work.connection.execute(insert(payloads).on_conflict_do_nothing(), rows)


async def _record(work: UnitOfWork, creator: Viewer, stored: Sequence[NewReport]) -> None:
    """One entry for what one request stored: the report, or that of the project it belongs to."""
    record = stored[0].record
    details = {"reports": str(len(stored))} if len(stored) > 1 else {}
    name = f"reports/{record.parent or record.id}"
    await audit.record(work, "analysis.sources.analyze", name, details, subject=creator.subject)


async def _earlier(
    work: UnitOfWork, creator: Viewer, repeated: Sequence[NewReport]
) -> dict[tuple[UUID, int], ReportRecord]:
    """The rows that were there before; raises RequestIdReused when one belongs to another request."""
    ids = {report.request.request_id for report in repeated}
    columns = reports.c
    own = and_(columns.tenant == creator.tenant, columns.creator == creator.subject)
    rows = (await work.connection.execute(select(reports).where(own, columns.request_id.in_(ids)))).all()
    found = {(row.request_id, row.request_item): row for row in rows}
    for report in repeated:
        if found[report.request.request_id, report.request.item].request_digest != report.request.digest:
            raise RequestIdReused
    return {place: _to_record(row) for place, row in found.items()}


def _to_row(creator: Viewer, report: NewReport) -> dict[str, object]:
    record, summary = report.record, report.record.summary
    return {
        "tenant": creator.tenant,
        "creator": creator.subject,
        "id": record.id,
        "kind": record.kind.value,
        "parent": record.parent,
        # PostgreSQL's text holds neither lone surrogates nor null characters; the contract refuses the latter.
        "path": record.path.encode("utf-8", "replace").decode(),
        "create_time": record.create_time,
        "content_sha256": record.content_sha256,
        "analyser_version": record.analyser_version,
        "encoding": record.encoding,
        "files": summary.files,
        "failed_files": summary.failed_files,
        "lines": summary.lines,
        "code_lines": summary.code_lines,
        "findings": summary.findings,
        "by_severity": _counts(summary.by_severity, len(Severity)),
        "by_category": _counts(summary.by_category, len(Category)),
        "safe_fixes": summary.safe_fixes,
        "score": summary.score,
        "total_seconds": record.timings.total,
        "queued_seconds": record.timings.queued,
        "analysing_seconds": record.timings.analysing,
        "cached": record.cached,
        "payload": _hexadecimal(report.key),
        "request_id": report.request.request_id,
        "request_item": report.request.item,
        "request_digest": _hexadecimal(report.request.digest),
    }


def _hexadecimal(value: bytes | None) -> str | None:
    """Bytes as PostgreSQL reads them from a text."""
    return None if value is None else rf"\x{value.hex()}"


def _to_record(row: Row[Any]) -> ReportRecord:
    return ReportRecord(
        id=row.id,
        kind=ReportKind(row.kind),
        parent=row.parent,
        path=row.path,
        create_time=row.create_time,
        content_sha256=row.content_sha256,
        analyser_version=row.analyser_version,
        encoding=row.encoding,
        summary=SourceSummary(
            files=row.files,
            failed_files=row.failed_files,
            lines=row.lines,
            code_lines=row.code_lines,
            findings=row.findings,
            by_severity=tuple((s, row.by_severity[s - 1]) for s in reversed(Severity) if row.by_severity[s - 1]),
            by_category=tuple((c, row.by_category[c - 1]) for c in Category if row.by_category[c - 1]),
            safe_fixes=row.safe_fixes,
            score=row.score,
        ),
        timings=Timings(row.total_seconds, row.queued_seconds, row.analysing_seconds),
        cached=row.cached,
    )


def _counts(pairs: Sequence[tuple[int, int]], size: int) -> list[int]:
    counts = [0] * size
    for number, count in pairs:
        counts[number - 1] = count
    return counts
