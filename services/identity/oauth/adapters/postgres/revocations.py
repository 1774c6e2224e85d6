"""Revocations in PostgreSQL: what was taken back is not forgotten with a cache."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, delete, exists, insert, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.identity.oauth.adapters.postgres.tables import revocations
from services.identity.oauth.domain.revocations import NumberedRevocation, Revocation, RevocationKind

# Numbers are handed out before a transaction commits. One after the other, so that nobody who reads number 8 still has
# to expect a 7.
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('malha:identity:revocations', 0))")


class PostgresRevocationStore:
    """Keeps revocations; see RevocationStore."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, revocation: Revocation) -> None:
        """In a transaction of its own."""
        async with self._engine.begin() as connection:
            await insert_revocation(connection, revocation)

    async def after(self, number: int, now: datetime, limit: int) -> Sequence[NumberedRevocation]:
        """The next ones."""
        columns = revocations.c
        statement = (
            select(revocations)
            .where(columns.number > number, columns.expire_time > now)
            .order_by(columns.number)
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            rows = await connection.execute(statement)
            return [
                NumberedRevocation(
                    row.number, Revocation(RevocationKind(row.kind), row.target, row.revoke_time, row.expire_time)
                )
                for row in rows
            ]

    async def covers(self, token: str, session: str, subject: str, issued: datetime) -> bool:
        """One look-up for all three kinds."""
        columns = revocations.c
        named = or_(
            and_(columns.kind == RevocationKind.TOKEN, columns.target == token),
            and_(columns.kind == RevocationKind.SESSION, columns.target == session),
            and_(columns.kind == RevocationKind.SUBJECT, columns.target == subject),
        )
        statement = select(exists().where(named, columns.revoke_time > issued))
        async with self._engine.connect() as connection:
            return bool(await connection.scalar(statement))

    async def forget(self, before: datetime) -> int:
        """Those that are of no use any more."""
        async with self._engine.begin() as connection:
            result = await connection.execute(delete(revocations).where(revocations.c.expire_time < before))
        return result.rowcount


async def insert_revocation(connection: AsyncConnection, revocation: Revocation) -> None:
    """Keep one more in the transaction of the change that brings it about; best as its last statement."""
    await connection.execute(_LOCK)
    await connection.execute(
        insert(revocations).values(
            kind=revocation.kind.value,
            target=revocation.target,
            revoke_time=revocation.revoke_time,
            expire_time=revocation.expire_time,
        )
    )
