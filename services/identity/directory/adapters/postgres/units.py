"""Units of work of the directory: every store on one transaction of one tenant."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.identity.directory.adapters.postgres.accounts import PostgresServiceAccounts
from services.identity.directory.adapters.postgres.attempts import PostgresAttempts
from services.identity.directory.adapters.postgres.factors import PostgresFactors
from services.identity.directory.adapters.postgres.keys import PostgresKeys
from services.identity.directory.adapters.postgres.log import PostgresLog
from services.identity.directory.adapters.postgres.roles import PostgresBindings, PostgresRoles
from services.identity.directory.adapters.postgres.tables import key_prefixes, tenants
from services.identity.directory.adapters.postgres.tenants import PostgresTenants
from services.identity.directory.adapters.postgres.users import PostgresUsers
from services.identity.revocations.rows import PostgresRevocations
from services.identity.shown import show
from services.runtime.audit import Entry
from services.runtime.db import Transaction, UnitOfWork
from services.runtime.secrets import Vault

_SET_TENANT = text("SELECT set_config('malha.tenant', :tenant, true)")


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

    @cached_property
    def log(self) -> PostgresLog:
        """The tenant's audit log."""
        return PostgresLog(self._work)

    @cached_property
    def issued(self) -> PostgresRevocations:
        """The access tokens that are out."""
        return PostgresRevocations(self._work)

    @asynccontextmanager
    async def of_tenant(self, tenant: str) -> AsyncIterator[PostgresUnit]:
        """The stores of another tenant in the same transaction."""
        await self._work.connection.execute(_SET_TENANT, {"tenant": tenant})
        yield PostgresUnit(_Elsewhere(self._work, tenant), self._vault)
        # After a failure the transaction is taken back as a whole, and takes no statement any more.
        await self._work.connection.execute(_SET_TENANT, {"tenant": self.tenant})

    async def commit(self) -> None:
        """Makes everything durable; the unit takes nothing more."""
        await self._work.commit()


def _resealed(tenant: str, count: int) -> Entry:
    action, details = "identity.secrets.reencrypt", {"count": str(count)}
    return Entry(tenant=tenant, action=action, kind="workload", subject="identity", details=details)


class _Elsewhere(UnitOfWork):
    """Somebody's transaction, while it works for another tenant."""

    def __init__(self, work: UnitOfWork, tenant: str) -> None:
        self._work = work
        self.tenant = tenant

    @property
    def connection(self) -> AsyncConnection:
        """The connection of that transaction."""
        return self._work.connection

    async def commit(self) -> None:
        """Refused: it is not this one's to end."""
        raise RuntimeError("only the owner of a transaction commits it")


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

    async def renew(self) -> int:
        """Seals whatever older keys seal in the directory beneath the primary one, a tenant at a time; how many values
        there were. What was done before it is ended stays done."""
        async with Transaction(self._engine) as work:
            names = (await work.connection.scalars(select(tenants.c.id))).all()
        renewed = 0
        for tenant in names:
            async with self.unit(tenant) as unit:
                if count := await unit.factors.renew():
                    await unit.log.record(_resealed(tenant, count))
                    await unit.commit()
                    renewed += count
        return renewed

    async def tenant_of_key(self, prefix: str) -> str | None:
        """The tenant of the API key with this prefix."""
        async with Transaction(self._engine) as work:
            await show(work, prefix)
            statement = select(key_prefixes.c.tenant).where(key_prefixes.c.prefix == prefix)
            found: str | None = (await work.connection.execute(statement)).scalar_one_or_none()
            return found
