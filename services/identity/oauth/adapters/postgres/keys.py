"""Signing keys in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.identity.oauth.adapters.postgres.tables import signing_keys
from services.identity.oauth.domain import trail
from services.identity.oauth.domain.keys import SigningKey
from services.identity.oauth.ports import KeyChange
from services.runtime.audit import PLATFORM, record_entry
from services.runtime.db import Transaction, UnitOfWork

# Several replicas may look at the keys at once; one of them makes the next key.
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('malha:identity:signing_keys', 0))")


class PostgresKeyStore:
    """Keeps signing keys; see KeyStore."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def load(self) -> tuple[SigningKey, ...]:
        """All of them, in one look."""
        async with Transaction(self._engine) as work:
            return await _load(work.connection)

    async def change(self, change: Callable[[tuple[SigningKey, ...]], KeyChange]) -> None:
        """Do what `change` says, in one transaction that no other runs beside."""
        async with UnitOfWork(self._engine, PLATFORM) as work:
            connection = work.connection
            await connection.execute(_LOCK)
            todo = change(await _load(connection))
            for key in todo.add:
                await connection.execute(
                    insert(signing_keys).values(
                        id=key.id, public_key=key.public, private_key=key.private, active_time=key.active_time
                    )
                )
            for id_, sealed in todo.reseal.items():
                await connection.execute(
                    update(signing_keys).where(signing_keys.c.id == id_).values(private_key=sealed)
                )
            if todo.drop:
                await connection.execute(delete(signing_keys).where(signing_keys.c.id.in_(todo.drop)))
            if todo.add or todo.drop or todo.reseal:
                added = todo.add[-1].id if todo.add else ""
                changed = trail.keys_changed(added=added, dropped=len(todo.drop), resealed=len(todo.reseal))
                await record_entry(work, changed)
            await work.commit()


async def _load(connection: AsyncConnection) -> tuple[SigningKey, ...]:
    rows = await connection.execute(select(signing_keys))
    return tuple(SigningKey(row.id, row.public_key, row.private_key, row.active_time) for row in rows)
