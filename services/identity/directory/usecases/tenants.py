"""What is done with tenants."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import uuid4

from services.identity.directory.domain.actors import Actor
from services.identity.directory.domain.built_in import ADMIN
from services.identity.directory.domain.errors import InUse, NotFound
from services.identity.directory.domain.roles import ALWAYS, RoleBinding
from services.identity.directory.domain.tenants import DEFAULT_TENANT, Tenant
from services.identity.directory.domain.users import User
from services.identity.directory.ports import Unit
from services.identity.directory.usecases.users import Users
from services.identity.revocations.domain import RevocationKind, revocation
from services.runtime.clock import Clock


@dataclass(frozen=True, slots=True)
class Tenants:
    """The changes of tenants, each within a unit that somebody else commits."""

    users: Users
    clock: Clock

    async def get(self, unit: Unit, tenant: str) -> Tenant:
        """The tenant; raises NotFound."""
        found = await unit.tenants.get(tenant)
        if found is None:
            raise NotFound("Tenant", f"tenants/{tenant}")
        return found

    async def create(self, unit: Unit, wanted: Tenant, administrator: User, password_hash: str) -> tuple[Tenant, User]:
        """A new tenant and its administrator, who has a one-time password; raises AlreadyExists."""
        now = self.clock.now()
        tenant = replace(wanted, create_time=now, update_time=now)
        await unit.tenants.add(tenant)
        async with unit.of_tenant(tenant.id) as inside:
            user = await self.users.create(inside, administrator, password_hash)
            await inside.bindings.add(RoleBinding(uuid4(), tenant.id, user.name, ADMIN, ALWAYS, now))
        return tenant, user

    async def update(self, unit: Unit, actor: Actor, wanted: Tenant, fields: Collection[str]) -> Tenant:
        """The tenant with the `fields` of `wanted`; raises NotFound, InUse."""
        if "disabled" in fields and wanted.disabled:
            await unit.issued.changing(wanted.id)
        tenant = await self.get(unit, wanted.id)
        changed = replace(
            tenant,
            display_name=wanted.display_name if "display_name" in fields else tenant.display_name,
            tier=wanted.tier if "tier" in fields else tenant.tier,
            disabled=wanted.disabled if "disabled" in fields else tenant.disabled,
            update_time=self.clock.now(),
        )
        if changed.disabled and tenant.id in (actor.tenant, DEFAULT_TENANT):
            raise InUse(f"tenants/{tenant.id}", "neither the default tenant nor one's own can be disabled")
        await unit.tenants.save(changed)
        if changed.disabled and not tenant.disabled:
            now = self.clock.now()
            await unit.issued.take_back(revocation(RevocationKind.TENANT, tenant.id, now), now=now)
        return changed

    async def delete(self, unit: Unit, tenant: str) -> None:
        """Removes a tenant that is disabled; raises NotFound, InUse."""
        found = await self.get(unit, tenant)
        if not found.disabled:
            raise InUse(f"tenants/{tenant}", "it has to be disabled before")
        await unit.tenants.remove(tenant)
