"""API keys in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Text, cast, insert, literal_column, select, update
from sqlalchemy import delete as delete_from

from services.identity.directory.adapters.postgres.tables import api_keys, key_prefixes
from services.identity.directory.domain.keys import ApiKey
from services.identity.directory.domain.subjects import SubjectName
from services.runtime.db import UnitOfWork
from services.runtime.listing.page import Page
from services.runtime.listing.pages_sql import page_statement

_columns = api_keys.c
_COLUMNS = {
    "name": cast(literal_column("'apiKeys/' || api_keys.id::text"), Text),
    "owner": _columns.owner,
    "prefix": _columns.prefix,
    "display_name": _columns.display_name,
    "create_time": _columns.create_time,
    "expire_time": _columns.expire_time,
    "last_use_time": _columns.last_use_time,
    "revoke_time": _columns.revoke_time,
}


class PostgresKeys:
    """See KeyStore."""

    def __init__(self, work: UnitOfWork) -> None:
        self._connection = work.connection
        self._tenant = work.tenant
        self._mine = _columns.tenant == work.tenant

    async def get(self, key: UUID) -> ApiKey | None:
        """The key, if there is one."""
        row = (await self._connection.execute(select(api_keys).where(self._mine, _columns.id == key))).one_or_none()
        return None if row is None else _key(row)

    async def shown(self, prefix: str) -> tuple[ApiKey, bytes] | None:
        """The key with this prefix and the hash of its secret."""
        statement = select(api_keys).where(self._mine, _columns.prefix == prefix)
        row = (await self._connection.execute(statement)).one_or_none()
        return None if row is None else (_key(row), row.digest)

    async def add(self, key: ApiKey, digest: bytes) -> None:
        """Keeps a new key."""
        await self._connection.execute(insert(key_prefixes), {"prefix": key.prefix, "tenant": self._tenant})
        await self._connection.execute(insert(api_keys), _row(key) | {"digest": digest})

    async def save(self, key: ApiKey) -> None:
        """Keeps when it was used and revoked."""
        times = {"last_use_time": key.last_use_time, "revoke_time": key.revoke_time}
        await self._connection.execute(update(api_keys).where(self._mine, _columns.id == key.id), times)

    async def remove_of(self, owner: SubjectName) -> None:
        """Removes those of an owner. Their prefixes stay taken."""
        await self._connection.execute(delete_from(api_keys).where(self._mine, _columns.owner == str(owner)))

    async def list(self, page: Page, owner: SubjectName | None) -> Sequence[ApiKey]:
        """The page of one owner's keys, or of everybody's, and one more if more follow."""
        statement = select(api_keys).where(self._mine)
        if owner is not None:
            statement = statement.where(_columns.owner == str(owner))
        rows = await self._connection.execute(page_statement(statement, page, _COLUMNS, _columns.id))
        return [_key(row) for row in rows]


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        tenant=row.tenant,
        owner=SubjectName.parse(row.owner),
        prefix=row.prefix,
        display_name=row.display_name,
        scopes=None if row.scopes is None else frozenset(row.scopes),
        create_time=row.create_time,
        expire_time=row.expire_time,
        last_use_time=row.last_use_time,
        revoke_time=row.revoke_time,
    )


def _row(key: ApiKey) -> dict[str, Any]:
    return {
        "tenant": key.tenant,
        "id": key.id,
        "owner": str(key.owner),
        "prefix": key.prefix,
        "display_name": key.display_name,
        "scopes": None if key.scopes is None else sorted(key.scopes),
        "create_time": key.create_time,
        "expire_time": key.expire_time,
        "last_use_time": key.last_use_time,
        "revoke_time": key.revoke_time,
    }
