"""Sessions and refresh tokens in PostgreSQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from services.identity.oauth.adapters.postgres import people
from services.identity.oauth.adapters.postgres.tables import refresh_tokens, sessions
from services.identity.oauth.domain.sessions import ClientSession, RefreshToken
from services.identity.shown import show
from services.runtime.db import Transaction, UnitOfWork, Upkeep


class PostgresSessionStore:
    """Keeps sessions and their refresh tokens; see SessionStore."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def find(self, digest: bytes) -> tuple[RefreshToken, ClientSession] | None:
        """The hash says whose tenant the session is of."""
        async with Transaction(self._engine) as work:
            await show(work, digest)
            statement = select(refresh_tokens).where(refresh_tokens.c.digest == digest)
            row = (await work.connection.execute(statement)).one_or_none()
        if row is None:
            return None
        token = RefreshToken(row.digest, row.tenant, row.session, row.create_time, row.expire_time, row.use_time)
        session = await self.get(row.tenant, row.session)
        return None if session is None else (token, session)

    async def get(self, tenant: str, session: str) -> ClientSession | None:
        """A session of this tenant."""
        async with UnitOfWork(self._engine, tenant) as work:
            return await PostgresSessions(work).get(session)

    async def forget(self, before: datetime) -> int:
        """Their refresh tokens go with them, and so do others that ended: a used one until then tells of a copy."""
        async with Upkeep(self._engine) as work:
            await work.connection.execute(delete(refresh_tokens).where(refresh_tokens.c.expire_time < before))
            result = await work.connection.execute(delete(sessions).where(sessions.c.expire_time < before))
            await work.commit()
        return result.rowcount


class PostgresSessions:
    """The sessions of one unit of work's tenant; see Unit."""

    def __init__(self, work: UnitOfWork) -> None:
        self._connection = work.connection
        self._tenant = work.tenant

    async def get(self, session: str) -> ClientSession | None:
        """A session."""
        statement = select(sessions).where(sessions.c.tenant == self._tenant, sessions.c.id == session)
        row = (await self._connection.execute(statement)).one_or_none()
        return None if row is None else _session(row)

    async def begin(self, session: ClientSession, token: RefreshToken) -> None:
        """Both, or neither."""
        row = {
            "id": session.id,
            "client": session.client,
            "create_time": session.create_time,
            "expire_time": session.expire_time,
            **people.to_columns(session.of),
        }
        await self._connection.execute(insert(sessions).values(row))
        await self._connection.execute(insert(refresh_tokens).values(_token_row(token)))

    async def rotate(self, old: RefreshToken, new: RefreshToken, now: datetime) -> bool:
        """Whoever is second finds the old one used, however close behind."""
        live = exists().where(
            sessions.c.tenant == old.tenant, sessions.c.id == old.session, sessions.c.revoke_time.is_(None)
        )
        used = (
            update(refresh_tokens)
            .where(refresh_tokens.c.digest == old.digest, refresh_tokens.c.use_time.is_(None), live)
            .values(use_time=now)
        )
        if (await self._connection.execute(used)).rowcount != 1:
            return False
        await self._connection.execute(insert(refresh_tokens).values(_token_row(new)))
        return True

    async def end(self, session: str, now: datetime) -> bool:
        """One conditional change, so that it ends once."""
        ended = (
            update(sessions)
            .where(sessions.c.tenant == self._tenant, sessions.c.id == session, sessions.c.revoke_time.is_(None))
            .values(revoke_time=now)
        )
        return (await self._connection.execute(ended)).rowcount == 1


def _token_row(token: RefreshToken) -> dict[str, object]:
    return {
        "digest": token.digest,
        "tenant": token.tenant,
        "session": token.session,
        "create_time": token.create_time,
        "expire_time": token.expire_time,
    }


def _session(row: Row[Any]) -> ClientSession:
    return ClientSession(
        id=row.id,
        client=row.client,
        of=people.from_row(row),
        create_time=row.create_time,
        expire_time=row.expire_time,
        revoke_time=row.revoke_time,
    )
