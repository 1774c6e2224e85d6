"""Service accounts in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Text, cast, literal_column, select, update
from sqlalchemy import delete as delete_from

from services.identity.directory.adapters.postgres.conflicts import add_row
from services.identity.directory.adapters.postgres.tables import service_accounts
from services.identity.directory.domain.tenants import Tier
from services.identity.directory.domain.users import ServiceAccount
from services.runtime.db import UnitOfWork
from services.runtime.listing.page import Page
from services.runtime.listing.pages_sql import page_statement

_columns = service_accounts.c
_COLUMNS = {
    "name": cast(literal_column("'serviceAccounts/' || service_accounts.id::text"), Text),
    "account": _columns.account,
    "display_name": _columns.display_name,
    "disabled": _columns.disabled,
    "create_time": _columns.create_time,
}


class PostgresServiceAccounts:
    """See ServiceAccountStore."""

    def __init__(self, work: UnitOfWork) -> None:
        self._connection = work.connection
        self._mine = _columns.tenant == work.tenant

    async def get(self, account: UUID) -> ServiceAccount | None:
        """The service account, if there is one."""
        return await self._one(_columns.id == account)

    async def named(self, account: str) -> ServiceAccount | None:
        """The service account that was made under this name, if there is one."""
        return await self._one(_columns.account == account)

    async def add(self, account: ServiceAccount) -> None:
        """Raises AlreadyExists."""
        await add_row(self._connection, service_accounts, asdict(account), "ServiceAccount", account.account)

    async def save(self, account: ServiceAccount) -> None:
        """Puts it in the place of what was there under its id."""
        statement = update(service_accounts).where(self._mine, _columns.id == account.id)
        await self._connection.execute(statement, asdict(account))

    async def remove(self, account: UUID) -> None:
        """Removes it."""
        await self._connection.execute(delete_from(service_accounts).where(self._mine, _columns.id == account))

    async def list(self, page: Page) -> Sequence[ServiceAccount]:
        """The page, and one more if more follow."""
        statement = page_statement(select(service_accounts).where(self._mine), page, _COLUMNS, _columns.id)
        return [_account(row) for row in await self._connection.execute(statement)]

    async def _one(self, which: ColumnElement[bool]) -> ServiceAccount | None:
        statement = select(service_accounts).where(self._mine, which)
        row = (await self._connection.execute(statement)).one_or_none()
        return None if row is None else _account(row)


def _account(row: Row[Any]) -> ServiceAccount:
    return ServiceAccount(
        id=row.id,
        tenant=row.tenant,
        account=row.account,
        display_name=row.display_name,
        disabled=row.disabled,
        tier=None if row.tier is None else Tier(row.tier),
        epoch=row.epoch,
        create_time=row.create_time,
        update_time=row.update_time,
    )
