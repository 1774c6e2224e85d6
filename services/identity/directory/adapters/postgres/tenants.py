"""Tenants in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy import delete as delete_from
from sqlalchemy.ext.asyncio import AsyncConnection

from services.identity.directory.adapters.postgres.conflicts import add_row
from services.identity.directory.adapters.postgres.tables import tenants
from services.identity.directory.domain.tenants import Tenant, Tier
from services.runtime.listing.page import Page
from services.runtime.listing.pages_sql import page_statement

_COLUMNS = {
    "tenant": tenants.c.id,
    "display_name": tenants.c.display_name,
    "tier": tenants.c.tier,
    "disabled": tenants.c.disabled,
    "create_time": tenants.c.create_time,
}


class PostgresTenants:
    """See TenantStore."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, tenant: str) -> Tenant | None:
        """The tenant, if there is one."""
        row = (await self._connection.execute(select(tenants).where(tenants.c.id == tenant))).one_or_none()
        return None if row is None else _tenant(row)

    async def add(self, tenant: Tenant) -> None:
        """Raises AlreadyExists."""
        await add_row(self._connection, tenants, asdict(tenant), "Tenant", f"tenants/{tenant.id}")

    async def save(self, tenant: Tenant) -> None:
        """Puts the tenant in the place of what was there under its id."""
        await self._connection.execute(update(tenants).where(tenants.c.id == tenant.id), asdict(tenant))

    async def remove(self, tenant: str) -> None:
        """Removes the tenant; what refers to it goes with it."""
        await self._connection.execute(delete_from(tenants).where(tenants.c.id == tenant))

    async def list(self, page: Page) -> Sequence[Tenant]:
        """The page, and one more if more follow."""
        statement = page_statement(select(tenants), page, _COLUMNS, tenants.c.id)
        return [_tenant(row) for row in await self._connection.execute(statement)]


def _tenant(row: Row[Any]) -> Tenant:
    return Tenant(row.id, row.display_name, Tier(row.tier), row.disabled, row.create_time, row.update_time)
