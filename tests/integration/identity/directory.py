"""A directory on a real PostgreSQL, with a clock of the test's own and cheap hashes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.identity.directory.adapters.hashing import Argon2Passwords
from services.identity.directory.adapters.postgres.units import PostgresUnits
from services.identity.directory.domain.built_in import built_in_roles
from services.identity.directory.domain.keys import ApiKey, NewKey
from services.identity.directory.domain.roles import ALWAYS, Conditions, RoleBinding
from services.identity.directory.domain.subjects import SubjectName
from services.identity.directory.domain.tenants import Tenant, Tier
from services.identity.directory.domain.users import ServiceAccount, User
from services.identity.directory.ports import Credentials
from services.identity.directory.usecases.authenticate import Authenticate
from services.identity.directory.usecases.authenticate_client import AuthenticateClient
from services.identity.directory.usecases.permissions_of import PermissionsOf
from services.identity.directory.usecases.refusals import Refusals
from services.identity.directory.usecases.resume import Resume
from services.runtime.audit import Entry
from services.runtime.db import UnitOfWork
from services.runtime.secrets import Vault
from tests.support.clock import FakeClock

PASSWORD = "seven herons over the estuary"
CATALOGUE = frozenset(
    {
        "analysis.reports.read",
        "analysis.reports.readAll",
        "analysis.sources.analyze",
        "identity.account.changePassword",
        "identity.account.read",
        "identity.account.update",
        "identity.keys.create",
        "identity.keys.read",
        "identity.keys.revoke",
        "identity.roleBindings.create",
        "identity.roleBindings.delete",
        "identity.roleBindings.read",
        "identity.roles.create",
        "identity.roles.delete",
        "identity.roles.read",
        "identity.roles.update",
        "identity.serviceAccounts.create",
        "identity.serviceAccounts.delete",
        "identity.serviceAccounts.read",
        "identity.serviceAccounts.update",
        "identity.tenants.create",
        "identity.tenants.delete",
        "identity.tenants.read",
        "identity.tenants.update",
        "identity.users.create",
        "identity.users.delete",
        "identity.users.read",
        "identity.users.resetPassword",
        "identity.users.update",
    }
)


def cheap_passwords() -> Argon2Passwords:
    """Hashes that cost next to nothing, since most tests are not about that."""
    return Argon2Passwords(1, memory_kib=8, passes=1)


@dataclass
class Directory:
    """The use cases of sign-in, and shortcuts to fill the tables."""

    engine: AsyncEngine
    vault: Vault
    clock: FakeClock
    passwords: Argon2Passwords
    tenant: str = field(default_factory=lambda: f"t{uuid4().hex[:12]}")
    counted: list[tuple[Entry, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.units = PostgresUnits(self.engine, self.vault)
        self.built_in = built_in_roles(CATALOGUE)
        self.refusals = Refusals(lambda entry, count: self.counted.append((entry, count)))
        self.authenticate = Authenticate(self.units, self.passwords, self.clock, self.refusals)
        self.authenticate_client = AuthenticateClient(self.units, self.clock, self.refusals)
        self.resume = Resume(self.units)
        self.permissions_of = PermissionsOf(self.units, self.built_in, CATALOGUE, self.clock)

    async def add_tenant(self, tenant: str = "", tier: Tier = Tier.PRO) -> Tenant:
        now = self.clock.now()
        new = Tenant(tenant or self.tenant, "Test", tier, False, now, now)
        async with self.units.unit(new.id) as unit:
            await unit.tenants.add(new)
            await unit.commit()
        return new

    async def add_user(self, username: str = "ana", tenant: str = "", *, must_change: bool = False) -> User:
        now = self.clock.now()
        user = User(uuid4(), tenant or self.tenant, username, "", "", False, must_change, False, 1, now, now)
        async with self.units.unit(user.tenant) as unit:
            await unit.users.add(Credentials(user, await self.passwords.hash(PASSWORD), None))
            await unit.commit()
        return user

    async def add_account(self, account: str = "robot", tenant: str = "") -> ServiceAccount:
        now = self.clock.now()
        new = ServiceAccount(uuid4(), tenant or self.tenant, account, "", False, None, 1, now, now)
        async with self.units.unit(new.tenant) as unit:
            await unit.accounts.add(new)
            await unit.commit()
        return new

    async def add_key(self, owner: SubjectName, tenant: str = "", **changes: object) -> tuple[ApiKey, NewKey]:
        new, now = NewKey.make(), self.clock.now()
        values = {
            "id": uuid4(), "tenant": tenant or self.tenant, "owner": owner, "prefix": new.prefix, "display_name": "",
            "scopes": None, "create_time": now, "expire_time": now.replace(year=now.year + 1), "last_use_time": None,
            "revoke_time": None,
        }  # fmt: skip
        key = ApiKey(**(values | changes))
        async with self.units.unit(key.tenant) as unit:
            await unit.keys.add(key, new.digest)
            await unit.commit()
        return key, new

    async def bind(self, subject: SubjectName, role: str, tenant: str = "", conditions: Conditions = ALWAYS) -> UUID:
        binding = RoleBinding(uuid4(), tenant or self.tenant, subject, role, conditions, self.clock.now())
        async with self.units.unit(binding.tenant) as unit:
            await unit.bindings.add(binding)
            await unit.commit()
        return binding.id

    async def sign_in(self, username: str = "ana", password: str = PASSWORD, code: str = "", address: str = ""):
        return await self.authenticate(f"{self.tenant}/{username}", password, code, address or self.address)

    async def entries(self, tenant: str = "") -> list[Any]:
        """What the audit log has of the tenant, in order, each with the transaction that wrote it."""
        async with UnitOfWork(self.engine, tenant or self.tenant) as work:
            statement = text("SELECT *, xmin FROM audit.entries WHERE tenant = :tenant ORDER BY time, strand, sequence")
            return list((await work.connection.execute(statement, {"tenant": work.tenant})).all())

    @property
    def address(self) -> str:
        """An address of this test's own, since failures are counted for all tests together."""
        return f"2001:db8:{self.tenant[1:5]}:{self.tenant[5:9]}::1"
