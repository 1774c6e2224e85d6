"""What is done with roles and with who has them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from services.identity.directory.domain.actors import Actor
from services.identity.directory.domain.errors import AlreadyExists, BuiltIn, InUse, NotFound, Outdated
from services.identity.directory.domain.roles import Role, RoleBinding
from services.identity.directory.ports import Unit
from services.identity.directory.usecases.look_up import find
from services.identity.directory.usecases.powers import Powers
from services.identity.directory.usecases.take_back import take_back_all
from services.runtime.clock import Clock

# All of a tenant's roles are read for each token, and held in memory for each list.
MOST_ROLES = 500


@dataclass(frozen=True, slots=True)
class Roles:
    """The changes of roles and bindings, each within a unit that somebody else commits."""

    powers: Powers
    clock: Clock

    async def create(self, unit: Unit, actor: Actor, wanted: Role) -> Role:
        """A new role; raises AlreadyExists, PermissionUnknown, Escalation, InUse when there are too many."""
        self._allowed(actor, wanted.permissions)
        if wanted.id in self.powers.built_in:
            raise AlreadyExists("Role", f"roles/{wanted.id}")
        if len(await unit.roles.all()) >= MOST_ROLES:
            raise InUse("roles", f"a tenant has at most {MOST_ROLES} roles of its own")
        now = self.clock.now()
        new = replace(wanted, tenant=unit.tenant, built_in=False, revision=1, create_time=now, update_time=now)
        await unit.roles.add(new)
        return new

    async def update(
        self, unit: Unit, actor: Actor, wanted: Role, fields: Collection[str], revision: int | None
    ) -> Role:
        """The role with the `fields` of `wanted`, if it still has the `revision`; raises NotFound, BuiltIn,
        PermissionUnknown, Escalation, Outdated."""
        if "permissions" in fields:
            await unit.issued.changing()
        role = await self._own(unit, wanted.id)
        actor.reach(role.permissions)
        permissions = wanted.permissions if "permissions" in fields else role.permissions
        self._allowed(actor, permissions)
        changed = replace(
            role,
            display_name=wanted.display_name if "display_name" in fields else role.display_name,
            description=wanted.description if "description" in fields else role.description,
            permissions=permissions,
            revision=role.revision + 1,
            update_time=self.clock.now(),
        )
        stale = revision is not None and revision != role.revision
        if stale or not await unit.roles.save(changed):
            raise Outdated(f"roles/{role.id}")
        if role.permissions - permissions:
            await take_back_all(unit, *await unit.bindings.subjects_with(role.id), now=self.clock.now())
        return changed

    async def delete(self, unit: Unit, actor: Actor, role: str) -> None:
        """Removes a role that nobody has; raises NotFound, BuiltIn, Escalation, InUse."""
        found = await self._own(unit, role)
        actor.reach(found.permissions)
        holders = await unit.bindings.with_role(role)
        if holders:
            raise InUse(f"roles/{role}", f"{holders} role bindings give it")
        await unit.roles.remove(role)

    async def binding(self, unit: Unit, binding: UUID) -> RoleBinding:
        """The binding; raises NotFound."""
        found = await unit.bindings.get(binding)
        if found is None:
            raise NotFound("RoleBinding", f"roleBindings/{binding}")
        return found

    async def bind(self, unit: Unit, actor: Actor, wanted: RoleBinding) -> RoleBinding:
        """A new binding; raises NotFound for role or subject, Escalation."""
        role = await self.powers.role(unit, wanted.role)
        if await find(unit, wanted.subject) is None:
            raise NotFound("Subject", str(wanted.subject))
        actor.reach(role.permissions)
        new = replace(wanted, id=uuid4(), tenant=unit.tenant, create_time=self.clock.now())
        await unit.bindings.add(new)
        return new

    async def unbind(self, unit: Unit, actor: Actor, binding: UUID) -> None:
        """Takes a role away; raises NotFound, Escalation, InUse."""
        await unit.issued.changing()
        found = await self.binding(unit, binding)
        role = (await self.powers.roles(unit)).get(found.role)
        actor.reach(role.permissions if role is not None else ())
        if actor.is_one(found.subject):
            raise InUse(f"roleBindings/{binding}", "one cannot take a role from oneself")
        await unit.bindings.remove(binding)
        # What the tokens that are out permit is written in them.
        await take_back_all(unit, found.subject, now=self.clock.now())

    async def _own(self, unit: Unit, role: str) -> Role:
        found = await self.powers.role(unit, role)
        if found.built_in:
            raise BuiltIn(f"roles/{role}")
        return found

    def _allowed(self, actor: Actor, permissions: frozenset[str]) -> None:
        self.powers.known(permissions)
        actor.reach(permissions)
