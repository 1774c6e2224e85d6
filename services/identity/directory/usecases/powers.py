"""What somebody may do at the most; shared by the use cases that must not let anybody reach above themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.identity.directory.domain.actors import Actor
from services.identity.directory.domain.errors import NotFound, PermissionUnknown
from services.identity.directory.domain.roles import Role
from services.identity.directory.domain.subjects import SubjectName
from services.identity.directory.ports import Unit


@dataclass(frozen=True, slots=True)
class Powers:
    """Knows the roles that are always there and all permissions."""

    built_in: Mapping[str, Role]
    catalogue: frozenset[str]

    async def roles(self, unit: Unit) -> Mapping[str, Role]:
        """All roles that the unit's tenant can give, by id."""
        return {**await unit.roles.all(), **self.built_in}

    async def role(self, unit: Unit, role: str) -> Role:
        """One of them; raises NotFound."""
        found = (await self.roles(unit)).get(role)
        if found is None:
            raise NotFound("Role", f"roles/{role}")
        return found

    async def of(self, unit: Unit, subject: SubjectName, *, without_code: bool = False) -> frozenset[str]:
        """What the subject's roles give it when all conditions are met; `without_code`, those that need none."""
        roles = await self.roles(unit)
        held = [b for b in await unit.bindings.of(subject) if not (without_code and b.conditions.second_factor)]
        return frozenset().union(*(roles[b.role].permissions for b in held if b.role in roles))

    async def guard(self, unit: Unit, actor: Actor, subject: SubjectName) -> None:
        """Returns if the actor holds all that the subject may do, so that having it in hand gains nothing; raises
        Escalation."""
        if not actor.is_one(subject):
            actor.reach(await self.of(unit, subject))

    def known(self, permissions: frozenset[str]) -> None:
        """Returns if there are such permissions; raises PermissionUnknown."""
        for permission in sorted(permissions - self.catalogue):
            raise PermissionUnknown(permission)
