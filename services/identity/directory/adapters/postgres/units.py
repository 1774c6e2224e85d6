"""Units of work of the directory: every store on one transaction of one tenant."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from services.identity.directory.adapters.postgres.accounts import PostgresServiceAccounts
from services.identity.directory.adapters.postgres.attempts import PostgresAttempts
from services.identity.directory.adapters.postgres.factors import PostgresFactors
from services.identity.directory.adapters.postgres.keys import PostgresKeys
from services.identity.directory.adapters.postgres.roles import PostgresBindings, PostgresRoles
from services.identity.directory.adapters.postgres.tables import key_prefixes
from services.identity.directory.adapters.postgres.tenants import PostgresTenants
from services.identity.directory.adapters.postgres.users import PostgresUsers
from services.runtime.db import Transaction, UnitOfWork
from services.runtime.secrets import Vault


class PostgresUnit:
    """See Unit."""

    def __init__(self, work: UnitOfWork, vault: Vault) -> None:
        self._work = work
        self._vault = vault

    @property
    def tenant(self) -> str:
        """The tenant whose rows it sees."""
        return self._work.tenant

    @cached_property
    def tenants(self) -> PostgresTenants:
        """All tenants."""
        return PostgresTenants(self._work.connection)

    @cached_property
    def users(self) -> PostgresUsers:
        """The tenant's users."""
        return PostgresUsers(self._work)

    @cached_property
    def accounts(self) -> PostgresServiceAccounts:
        """The tenant's service accounts."""
        return PostgresServiceAccounts(self._work)

    @cached_property
    def roles(self) -> PostgresRoles:
        """The tenant's own roles."""
        return PostgresRoles(self._work)

    @cached_property
    def bindings(self) -> PostgresBindings:
        """Who has which role."""
        return PostgresBindings(self._work)

    @cached_property
    def keys(self) -> PostgresKeys:
        """The tenant's API keys."""
        return PostgresKeys(self._work)

    @cached_property
    def factors(self) -> PostgresFactors:
        """The second factors of the tenant's users."""
        return PostgresFactors(self._work, self._vault)

    @cached_property
    def attempts(self) -> PostgresAttempts:
        """Failures to get in, of all tenants."""
        return PostgresAttempts(self._work.connection)

    async def commit(self) -> None:
        """Makes everything durable; the unit takes nothing more."""
        await self._work.commit()


class PostgresUnits:
    """See Units."""

    def __init__(self, engine: AsyncEngine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    @asynccontextmanager
    async def unit(self, tenant: str) -> AsyncIterator[PostgresUnit]:
        """A unit of one tenant, which need not exist."""
        async with UnitOfWork(self._engine, tenant) as work:
            yield self.within(work)

    def within(self, work: UnitOfWork) -> PostgresUnit:
        """The stores on a transaction that somebody else owns."""
        return PostgresUnit(work, self._vault)

    async def tenant_of_key(self, prefix: str) -> str | None:
        """The tenant of the API key with this prefix."""
        async with Transaction(self._engine) as work:
            statement = select(key_prefixes.c.tenant).where(key_prefixes.c.prefix == prefix)
            found: str | None = (await work.connection.execute(statement)).scalar_one_or_none()
            return found
