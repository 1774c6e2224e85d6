"""Failures to get in, in PostgreSQL, so that neither a restart nor a second replica forgets them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import Select, select
from sqlalchemy import delete as delete_from
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.identity.directory.adapters.postgres.tables import attempts
from services.identity.directory.domain.lockouts import AttemptKey, Attempts

_columns = attempts.c
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_NONE = {"failures": 0, "last_failure": _LONG_AGO, "locked_until": _LONG_AGO}
_SWEEP_ROWS = 100


class PostgresAttempts:
    """See AttemptStore."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def look(self, keys: Sequence[AttemptKey]) -> Mapping[AttemptKey, Attempts]:
        """The failures there are."""
        return await self._find(keys, select(attempts))

    async def lock(self, keys: Sequence[AttemptKey], *, make: bool) -> Mapping[AttemptKey, Attempts]:
        """The failures there are, locked in one order for all, so that nobody waits in a circle."""
        if make:
            rows = [{"key": name, **_NONE} for name in sorted(map(_name, keys))]
            await self._connection.execute(insert(attempts).on_conflict_do_nothing(), rows)
        return await self._find(keys, select(attempts).order_by(_columns.key).with_for_update())

    async def save(self, key: AttemptKey, counted: Attempts) -> None:
        """Puts them in the place of what was there."""
        changes = {
            "failures": counted.failures,
            "last_failure": counted.last_failure,
            "locked_until": counted.locked_until,
        }
        statement = insert(attempts).values({"key": _name(key), **changes})
        await self._connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=changes))

    async def forget(self, key: AttemptKey) -> None:
        """Forgets them."""
        await self._connection.execute(delete_from(attempts).where(_columns.key == _name(key)))

    async def sweep(self, before: datetime) -> None:
        """Forgets some of those whose last failure was before that moment, and none that somebody else holds."""
        old = select(_columns.key).where(_columns.last_failure < before).limit(_SWEEP_ROWS)
        await self._connection.execute(
            delete_from(attempts).where(_columns.key.in_(old.with_for_update(skip_locked=True)))
        )

    async def _find(
        self, keys: Sequence[AttemptKey], statement: Select[tuple[object, ...]]
    ) -> Mapping[AttemptKey, Attempts]:
        by_name = {_name(key): key for key in keys}
        rows = await self._connection.execute(statement.where(_columns.key.in_(by_name)))
        return {by_name[row.key]: Attempts(row.failures, row.last_failure, row.locked_until) for row in rows}


def _name(key: AttemptKey) -> bytes:
    return key.watched.value.encode() + b":" + key.digest
