"""Transactions of the directory, with every store, the tokens that are out, and the audit log."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from services.identity.directory.ports.stores import (
    AttemptStore,
    BindingStore,
    FactorStore,
    KeyStore,
    RoleStore,
    ServiceAccountStore,
    TenantStore,
    UserStore,
)
from services.identity.revocations.domain import Revocation
from services.runtime.audit.entry import Entry


class Issued(Protocol):
    """The access tokens that are out."""

    async def changing(self, tenant: str = "") -> None:
        """From here until the unit ends no token of the tenant (the unit's own, unless named) is issued.

        Whoever changes what tokens rest on calls it before anything else: a token is then either issued after the
        change, or before the moment up to which it takes tokens back.
        """
        ...

    async def take_back(self, *taken: Revocation, now: datetime) -> None:
        """Takes tokens back, if the unit is committed. Last in the unit, since others wait for its end from here on."""
        ...

    async def keep_session(self, session: str, subject: str, before: int, after: int) -> bool:
        """Lets a session of `subject` go on whose epoch was `before` and is `after` now; whether there is one."""
        ...


class Log(Protocol):
    """The audit log, as the unit's tenant has it."""

    async def record(self, entry: Entry) -> None:
        """Leaves an entry, if the unit is committed; last of all."""
        ...


class Unit(Protocol):
    """One transaction of one tenant; taken back unless it is committed."""

    @property
    def tenant(self) -> str:
        """The tenant whose rows it sees."""
        ...

    @property
    def tenants(self) -> TenantStore: ...
    @property
    def users(self) -> UserStore: ...
    @property
    def accounts(self) -> ServiceAccountStore: ...
    @property
    def roles(self) -> RoleStore: ...
    @property
    def bindings(self) -> BindingStore: ...
    @property
    def keys(self) -> KeyStore: ...
    @property
    def factors(self) -> FactorStore: ...
    @property
    def attempts(self) -> AttemptStore: ...
    @property
    def issued(self) -> Issued: ...
    @property
    def log(self) -> Log: ...

    def of_tenant(self, tenant: str) -> AbstractAsyncContextManager[Unit]:
        """The stores of another tenant in the same transaction; for what a platform administrator does."""
        ...

    async def commit(self) -> None:
        """Makes everything durable; the unit takes nothing more."""
        ...


class Units(Protocol):
    """Begins units."""

    def unit(self, tenant: str) -> AbstractAsyncContextManager[Unit]:
        """A unit of one tenant, which need not exist."""
        ...

    async def tenant_of_key(self, prefix: str) -> str | None:
        """The tenant of the API key with this prefix."""
        ...
