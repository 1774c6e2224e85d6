"""Revocations in PostgreSQL: what was taken back is not forgotten with a cache."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, delete, exists, func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from services.identity.revocations.domain import NumberedRevocation, Revocation, RevocationKind, behind
from services.identity.revocations.tables import revocations, sessions
from services.runtime.db import Transaction, UnitOfWork

# Numbers are handed out before a transaction commits. One after the other, so that nobody who reads number 8 still has
# to expect a 7.
_ORDER = text("SELECT pg_advisory_xact_lock(hashtextextended('malha:identity:revocations', 0))")
# Many issue tokens of a tenant at once; none does while what its tokens rest on is changed.
_ISSUING = text("SELECT pg_advisory_xact_lock_shared(hashtextextended('malha:identity:tokens:' || :tenant, 0))")
_CHANGING = text("SELECT pg_advisory_xact_lock(hashtextextended('malha:identity:tokens:' || :tenant, 0))")
_columns = revocations.c


class PostgresRevocations:
    """The revocations within one unit of work."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    async def issuing(self) -> None:
        """From here until the unit ends nobody changes what the tenant's tokens rest on. First of all its locks."""
        await self._work.connection.execute(_ISSUING, {"tenant": self._work.tenant})

    async def changing(self, tenant: str = "") -> None:
        """From here until the unit ends no token of the tenant is issued; see Issued."""
        await self._work.connection.execute(_CHANGING, {"tenant": tenant or self._work.tenant})

    async def take_back(self, *taken: Revocation, now: datetime) -> None:
        """Keeps them in the transaction of the change that brings them about; best as its last statements."""
        for one in taken:
            await self._work.connection.execute(_ORDER)
            known = select(func.max(_columns.revoke_time)).where(
                _columns.kind == one.kind.value, _columns.target == one.target
            )
            row = behind(one, await self._work.connection.scalar(known), now)
            await self._work.connection.execute(
                insert(revocations).values(
                    kind=row.kind.value,
                    target=row.target,
                    revoke_time=row.revoke_time,
                    expire_time=row.expire_time,
                    kept=row.kept,
                )
            )

    async def keep_session(self, session: str, subject: str, before: int, after: int) -> bool:
        """Lets a session of `subject` go on whose epoch was `before` and is `after` now; whether there is one."""
        columns = sessions.c
        statement = (
            update(sessions)
            .where(columns.tenant == self._work.tenant, columns.id == session, columns.subject == subject)
            .where(columns.epoch == before, columns.revoke_time.is_(None))
            .values(epoch=after)
        )
        return (await self._work.connection.execute(statement)).rowcount == 1

    async def latest(self, subject: str) -> datetime | None:
        """Up to when all tokens of a subject were taken back; None if they were not."""
        mine = or_(
            and_(_columns.kind == RevocationKind.SUBJECT, _columns.target == subject),
            and_(_columns.kind == RevocationKind.TENANT, _columns.target == self._work.tenant),
        )
        found: datetime | None = await self._work.connection.scalar(select(func.max(_columns.revoke_time)).where(mine))
        return found

    async def ended(self, session: str) -> bool:
        """Whether a session's tokens were taken back."""
        ends = exists().where(_columns.kind == RevocationKind.SESSION, _columns.target == session)
        return bool(await self._work.connection.scalar(select(ends)))


class PostgresRevocationStore:
    """What was taken back, for whoever checks tokens; see RevocationStore."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def after(self, number: int, now: datetime, limit: int) -> Sequence[NumberedRevocation]:
        """The next ones."""
        statement = (
            select(revocations)
            .where(_columns.number > number, _columns.expire_time > now)
            .order_by(_columns.number)
            .limit(limit)
        )
        async with Transaction(self._engine) as work:
            rows = await work.connection.execute(statement)
            return [
                NumberedRevocation(
                    row.number,
                    Revocation(RevocationKind(row.kind), row.target, row.revoke_time, row.expire_time, row.kept),
                )
                for row in rows
            ]

    async def covers(self, token: str, session: str, subject: str, tenant: str, issued: datetime) -> bool:
        """One look-up for all kinds."""
        named = or_(
            and_(_columns.kind == RevocationKind.TOKEN, _columns.target == token),
            and_(_columns.kind == RevocationKind.SESSION, _columns.target == session),
            and_(_columns.kind == RevocationKind.SUBJECT, _columns.target == subject, _columns.kept != session),
            and_(_columns.kind == RevocationKind.TENANT, _columns.target == tenant),
        )
        statement = select(exists().where(named, _columns.revoke_time > issued))
        async with Transaction(self._engine) as work:
            return bool(await work.connection.scalar(statement))

    async def forget(self, before: datetime) -> int:
        """Those that are of no use any more."""
        async with Transaction(self._engine) as work:
            result = await work.connection.execute(delete(revocations).where(_columns.expire_time < before))
            await work.commit()
        return result.rowcount
