"""The quarantine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, cast, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from services.pricing.adapters.postgres.quarantine_rows import row_of
from services.pricing.adapters.postgres.tables import quarantine
from services.pricing.domain.quarantine import QuarantinedRow, QuarantineState, Review
from services.runtime.clock import Clock
from services.runtime.db import Transaction, UnitOfWork
from services.runtime.listing.page import Page
from services.runtime.listing.pages_sql import page_statement

_columns = quarantine.c
FIELDS: Mapping[str, ColumnElement[Any]] = {
    "name": cast("quarantinedRows/" + cast(_columns.id, Text), Text),
    "provider": func.upper(_columns.provider, type_=Text),
    "reason": _columns.reason,
    "state": func.upper(_columns.state, type_=Text),
    "source": _columns.source,
    "first_seen_time": _columns.first_seen_at,
    "last_seen_time": _columns.last_seen_at,
    "times_seen": _columns.times_seen,
}


class PostgresQuarantine:
    """Finds quarantined rows; see QuarantineReader."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def page(self, page: Page) -> list[QuarantinedRow]:
        """A page of rows in the order asked for."""
        return await self._found(page_statement(select(quarantine), page, FIELDS, _columns.id))

    async def get(self, row: UUID) -> QuarantinedRow | None:
        """One row."""
        found = await self._found(select(quarantine).where(_columns.id == row))
        return found[0] if found else None

    async def decided(self, digests: Sequence[bytes]) -> Mapping[bytes, QuarantineState]:
        """The states of known rows, by digest."""
        known = select(_columns.digest, _columns.state).where(_columns.digest == func.any(list(digests)))
        async with Transaction(self._engine) as work:
            rows = (await work.connection.execute(known)).all()
        return {bytes(row.digest): QuarantineState(row.state) for row in rows}

    async def pending(self) -> list[QuarantinedRow]:
        """What was approved and not published yet, the earliest approved first."""
        waiting = (_columns.state == QuarantineState.APPROVED.value, _columns.published_version.is_(None))
        return await self._found(select(quarantine).where(*waiting).order_by(_columns.reviewed_at, _columns.id))

    async def _found(self, statement: Select[Any]) -> list[QuarantinedRow]:
        async with Transaction(self._engine) as work:
            return [row_of(row) for row in await work.connection.execute(statement)]


class PostgresQuarantineReview:
    """Changes rows within one unit of work; see QuarantineReview."""

    def __init__(self, work: UnitOfWork, clock: Clock) -> None:
        self._connection = work.connection
        self._clock = clock

    async def row(self, row: UUID) -> QuarantinedRow | None:
        """One row, locked until the unit ends."""
        statement = select(quarantine).where(_columns.id == row).with_for_update()
        found = (await self._connection.execute(statement)).one_or_none()
        return None if found is None else row_of(found)

    async def decide(self, review: Review) -> QuarantinedRow:
        """Notes the decision."""
        state = QuarantineState.APPROVED if review.approve else QuarantineState.DISMISSED
        values = {
            "state": state.value,
            "reviewer": review.reviewer,
            "review_reason": review.reason,
            "reviewed_at": self._clock.now(),
        }
        statement = update(quarantine).where(_columns.id == review.row).values(values).returning(quarantine)
        return row_of((await self._connection.execute(statement)).one())
