"""Turns a query for reports into SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, Text, and_, cast, literal_column, or_, select

from services.analysis.adapters.postgres.tables import report_shares, reports
from services.analysis.domain.access import Viewer
from services.runtime.listing.page import Page
from services.runtime.listing.pages_sql import page_statement

_columns = reports.c

# The kind is stored from 1, as in the contract; filters rank an enum from 0.
FIELDS: Mapping[str, ColumnElement[Any]] = {
    "name": cast(literal_column("'reports/' || reports.id::text"), Text),
    "kind": cast(_columns.kind - 1, Integer),
    "parent": cast(literal_column("coalesce('reports/' || reports.parent::text, '')"), Text),
    "path": _columns.path,
    "create_time": _columns.create_time,
    "content_sha256": _columns.content_sha256,
    "analyser_version": _columns.analyser_version,
    "summary.findings": _columns.findings,
    "summary.score": _columns.score,
    "summary.code_lines": _columns.code_lines,
}


def seen_by(viewer: Viewer) -> ColumnElement[bool]:
    """The reports that the viewer sees: of the tenant, and there all, or one's own and what is shared with one."""
    own = _columns.tenant == viewer.tenant
    if viewer.sees_all:
        return own
    shares = report_shares.c
    shared = select(shares.report).where(shares.tenant == viewer.tenant, shares.subject == viewer.subject)
    # Who sees a project sees its parts.
    shown = or_(_columns.id.in_(shared), _columns.parent.in_(shared))
    return and_(own, or_(_columns.creator == viewer.subject, shown))


def list_statement(viewer: Viewer, page: Page) -> Select[Any]:
    """The reports of the page and one more if there is one."""
    return page_statement(select(reports).where(seen_by(viewer)), page, FIELDS, _columns.id)
