"""Turns a query for reports into SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, Text, and_, cast, literal_column, or_, select

from services.analysis.adapters.postgres.tables import report_shares, reports
from services.analysis.domain.access import Viewer
from services.analysis.ports import ReportQuery
from services.runtime.listing.sql import to_sql

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


def list_statement(viewer: Viewer, query: ReportQuery) -> Select[Any]:
    """The page, by the terms of the order and then by id, newest id direction following the first term."""
    terms = [(FIELDS[term.field], term.descending) for term in query.order]
    terms.append((_columns.id, query.order[0].descending))
    statement = select(reports).where(seen_by(viewer), to_sql(query.filter, FIELDS))
    if query.after is not None:
        statement = statement.where(_behind(terms, query.after))
    order = [column.desc() if descending else column.asc() for column, descending in terms]
    return statement.order_by(*order).limit(query.limit)


def _behind(terms: list[tuple[ColumnElement[Any], bool]], after: tuple[Any, ...]) -> ColumnElement[bool]:
    """Rows that come after `after`: further in one term, equal in all before it."""
    alternatives = []
    for number, ((column, descending), value) in enumerate(zip(terms, after, strict=True)):
        equal = [terms[earlier][0] == after[earlier] for earlier in range(number)]
        alternatives.append(and_(*equal, column < value if descending else column > value))
    return or_(*alternatives)
