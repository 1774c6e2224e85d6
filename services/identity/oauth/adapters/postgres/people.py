"""Sessions of the directory as columns, shared by the tables that hold one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from services.identity.directory.domain.subjects import Method, Session, SubjectName


def to_columns(session: Session) -> dict[str, object]:
    """The columns that hold who somebody is and how that was proved."""
    return {
        "tenant": session.tenant,
        "subject": str(session.name),
        "methods": sorted(method.value for method in session.methods),
        "authenticated": session.authenticated,
        "epoch": session.epoch,
        "scopes": None if session.scopes is None else sorted(session.scopes),
    }


def from_row(row: Row[Any]) -> Session:
    """What `to_columns` made columns of."""
    return Session(
        tenant=row.tenant,
        name=SubjectName.parse(row.subject),
        methods=frozenset(Method(method) for method in row.methods),
        authenticated=row.authenticated,
        epoch=row.epoch,
        scopes=None if row.scopes is None else frozenset(row.scopes),
    )
