"""What is done with users."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID, uuid4

from services.identity.directory.domain.actors import Actor
from services.identity.directory.domain.errors import InUse, NotFound
from services.identity.directory.domain.lockouts import account_key
from services.identity.directory.domain.users import Login, User
from services.identity.directory.ports import Credentials, Unit
from services.identity.directory.usecases.powers import Powers
from services.identity.directory.usecases.take_back import take_back_all
from services.runtime.clock import Clock

# A password that somebody else made travels: it must not lie about.
ONE_TIME_LIFE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Users:
    """The changes of users, each within a unit that somebody else commits."""

    powers: Powers
    clock: Clock

    async def get(self, unit: Unit, user: UUID) -> User:
        """The user; raises NotFound."""
        found = await unit.users.get(user)
        if found is None:
            raise NotFound("User", f"users/{user}")
        return found

    async def create(self, unit: Unit, wanted: User, password_hash: str) -> User:
        """A new user with the names of `wanted` and a one-time password; raises AlreadyExists."""
        now = self.clock.now()
        user = replace(
            wanted, id=uuid4(), tenant=unit.tenant, must_change_password=True, second_factor=False, epoch=1,
            create_time=now, update_time=now,
        )  # fmt: skip
        await unit.users.add(Credentials(user, password_hash, now + ONE_TIME_LIFE))
        return user

    async def update(self, unit: Unit, actor: Actor, wanted: User, fields: Collection[str]) -> User:
        """The user with the `fields` of `wanted`; raises NotFound, Escalation, InUse."""
        if "disabled" in fields and wanted.disabled:
            await unit.issued.changing()
        user = await self.get(unit, wanted.id)
        await self.powers.guard(unit, actor, user.name)
        changed = replace(
            user,
            display_name=wanted.display_name if "display_name" in fields else user.display_name,
            email=wanted.email if "email" in fields else user.email,
            disabled=wanted.disabled if "disabled" in fields else user.disabled,
            update_time=self.clock.now(),
        )
        if changed.disabled and actor.is_one(user.name):
            raise InUse(str(user.name), "one cannot disable oneself")
        if changed.disabled and not user.disabled:
            changed = replace(changed, epoch=user.epoch + 1)
        await unit.users.save(changed)
        if changed.epoch > user.epoch:
            await take_back_all(unit, user.name, now=self.clock.now())
        return changed

    async def delete(self, unit: Unit, actor: Actor, user: UUID) -> None:
        """Removes the user and all that is the user's; raises NotFound, Escalation, InUse."""
        await unit.issued.changing()
        found = await self.get(unit, user)
        await self.powers.guard(unit, actor, found.name)
        if actor.is_one(found.name):
            raise InUse(str(found.name), "one cannot remove oneself")
        await unit.bindings.remove_of(found.name)
        await unit.keys.remove_of(found.name)
        await unit.users.remove(user)
        await take_back_all(unit, found.name, now=self.clock.now())

    async def reset_password(
        self, unit: Unit, actor: Actor, user: UUID, password_hash: str, *, remove_second_factor: bool
    ) -> User:
        """The user with a one-time password, unlocked, signed out everywhere; raises NotFound, Escalation."""
        await unit.issued.changing()
        found = await self.get(unit, user)
        await self.powers.guard(unit, actor, found.name)
        now = self.clock.now()
        changed = replace(
            found, must_change_password=True, epoch=found.epoch + 1, update_time=now,
            second_factor=found.second_factor and not remove_second_factor,
        )  # fmt: skip
        await unit.users.set_password(Credentials(changed, password_hash, now + ONE_TIME_LIFE), None)
        if remove_second_factor:
            await unit.factors.remove(user)
        await unit.attempts.forget(account_key(Login(unit.tenant, found.username)))
        await take_back_all(unit, found.name, now=now)
        return changed
