"""Finds entries in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, select, tuple_

from services.identity.audit.tables import entries
from services.runtime.db import UnitOfWork
from services.runtime.listing import Expression, FieldType
from services.runtime.listing.fields import STRING, TIMESTAMP
from services.runtime.listing.sql import to_sql

_NAMES = (
    "method", "action", "resource", "reason", "kind", "subject", "client", "caller", "network", "request_id",
    "trace_id",
)  # fmt: skip
_DECISIONS = FieldType.enum("ALLOWED", "REFUSED", "LOST", prefix="DECISION_")
FIELDS: Mapping[str, FieldType] = {"time": TIMESTAMP, "decision": _DECISIONS, **dict.fromkeys(_NAMES, STRING)}
"""What a filter may name."""
_COLUMNS: Mapping[str, ColumnElement[Any]] = {name: entries.c[name] for name in FIELDS}


class Entries:
    """The entries that one unit of work sees: those of its tenant."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    async def find(
        self, wanted: Expression, *, after: Sequence[Any] | None, newest_first: bool, limit: int
    ) -> Sequence[Row[Any]]:
        """At most `limit` entries by time, behind the one with the time and id `after`."""
        columns = entries.c
        place = tuple_(columns.time, columns.id)
        statement = select(entries).where(columns.tenant == self._work.tenant, to_sql(wanted, _COLUMNS))
        if after is not None:
            statement = statement.where(place < tuple(after) if newest_first else place > tuple(after))
        order = [column.desc() if newest_first else column.asc() for column in (columns.time, columns.id)]
        return (await self._work.connection.execute(statement.order_by(*order).limit(limit))).all()
