"""What is done with service accounts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from services.identity.directory.domain.actors import Actor
from services.identity.directory.domain.errors import InUse, NotFound
from services.identity.directory.domain.users import ServiceAccount
from services.identity.directory.ports import Unit
from services.identity.directory.usecases.powers import Powers
from services.identity.directory.usecases.take_back import take_back_all
from services.runtime.clock import Clock


@dataclass(frozen=True, slots=True)
class ServiceAccounts:
    """The changes of service accounts, each within a unit that somebody else commits."""

    powers: Powers
    clock: Clock

    async def get(self, unit: Unit, account: UUID) -> ServiceAccount:
        """The service account; raises NotFound."""
        found = await unit.accounts.get(account)
        if found is None:
            raise NotFound("ServiceAccount", f"serviceAccounts/{account}")
        return found

    async def create(self, unit: Unit, wanted: ServiceAccount) -> ServiceAccount:
        """A new one with the names of `wanted`; raises AlreadyExists."""
        now = self.clock.now()
        new = replace(wanted, id=uuid4(), tenant=unit.tenant, tier=None, epoch=1, create_time=now, update_time=now)
        await unit.accounts.add(new)
        return new

    async def update(self, unit: Unit, actor: Actor, wanted: ServiceAccount, fields: Collection[str]) -> ServiceAccount:
        """The service account with the `fields` of `wanted`; raises NotFound, Escalation, InUse."""
        if "disabled" in fields and wanted.disabled:
            await unit.issued.changing()
        account = await self.get(unit, wanted.id)
        await self.powers.guard(unit, actor, account.name)
        changed = replace(
            account,
            display_name=wanted.display_name if "display_name" in fields else account.display_name,
            disabled=wanted.disabled if "disabled" in fields else account.disabled,
            update_time=self.clock.now(),
        )
        if changed.disabled and actor.is_one(account.name):
            raise InUse(str(account.name), "one cannot disable oneself")
        if changed.disabled and not account.disabled:
            changed = replace(changed, epoch=account.epoch + 1)
        await unit.accounts.save(changed)
        if changed.epoch > account.epoch:
            await take_back_all(unit, account.name, now=self.clock.now())
        return changed

    async def delete(self, unit: Unit, actor: Actor, account: UUID) -> None:
        """Removes it and all that is its own; raises NotFound, Escalation, InUse."""
        await unit.issued.changing()
        found = await self.get(unit, account)
        await self.powers.guard(unit, actor, found.name)
        if actor.is_one(found.name):
            raise InUse(str(found.name), "one cannot remove oneself")
        await unit.bindings.remove_of(found.name)
        await unit.keys.remove_of(found.name)
        await unit.accounts.remove(account)
        await take_back_all(unit, found.name, now=self.clock.now())
