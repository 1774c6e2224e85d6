"""Say what a subject may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.identity.directory.domain.built_in import CHANGE_PASSWORD, own_account
from services.identity.directory.domain.roles import Role
from services.identity.directory.domain.subjects import Grant, Subject
from services.identity.directory.ports import Unit, Units
from services.runtime.clock import Clock


@dataclass(frozen=True, slots=True)
class PermissionsOf:
    """See `FindsPermissions`. `built_in` are the roles that are always there, `catalogue` all permissions."""

    units: Units
    built_in: Mapping[str, Role]
    catalogue: frozenset[str]
    clock: Clock

    async def __call__(self, subject: Subject, address: str, *, mfa: bool) -> Grant:
        """What the subject may do now, from `address`."""
        async with self.units.unit(subject.tenant) as unit:
            return await self.within(unit, subject, address, mfa=mfa)

    async def within(self, unit: Unit, subject: Subject, address: str, *, mfa: bool) -> Grant:
        """The same in a unit of the subject's tenant."""
        if subject.must_change_password:
            return Grant(frozenset({CHANGE_PASSWORD}) & self.catalogue, ())
        now = self.clock.now()
        bindings = await unit.bindings.of(subject.name)
        roles = {**await unit.roles.all(), **self.built_in} if bindings else {}
        held = {b.role: roles[b.role] for b in bindings if b.role in roles and b.conditions.met(now, address, mfa=mfa)}
        permissions = own_account(self.catalogue).union(*(role.permissions for role in held.values()))
        if subject.scopes is not None:
            return Grant(permissions & subject.scopes & self.catalogue, tuple(sorted(held)))
        wildcards = frozenset[str]().union(*(role.wildcards for role in held.values()))
        return Grant(permissions & self.catalogue, tuple(sorted(held)), wildcards)
