"""Find out who somebody is by a password, and a code where the account asks for one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.identity.directory.domain.errors import CredentialsInvalid, LockedOut, SecondFactorRequired
from services.identity.directory.domain.lockouts import account_key, address_key
from services.identity.directory.domain.second_factor import recovery_digest
from services.identity.directory.domain.subjects import Method, Subject
from services.identity.directory.domain.users import Login, User
from services.identity.directory.ports import Credentials, Passwords, Unit, Units
from services.identity.directory.usecases.guard import Guard
from services.identity.directory.usecases.refusals import Refusals
from services.runtime.clock import Clock


@dataclass(frozen=True, slots=True)
class Authenticate:
    """See `Authenticates`. The work is the same whether a user exists or not."""

    units: Units
    passwords: Passwords
    clock: Clock
    refusals: Refusals

    async def __call__(self, username: str, password: str, code: str, address: str) -> Subject:
        """The user; raises CredentialsInvalid, SecondFactorRequired, LockedOut or Overloaded."""
        login = Login.parse(username)
        if not login.possible:
            self.refusals.impossible()
            raise CredentialsInvalid
        guard = Guard(self.clock, (account_key(login), address_key(address)))
        async with self.units.unit(login.tenant) as unit:
            await self._admit(guard, unit)
            found = await unit.users.credentials(login.username)
        right = await self.passwords.verify(found.password_hash if found else None, password)
        fresh = await self._fresh_hash(found, password) if right else None

        async with self.units.unit(login.tenant) as unit:
            user = found.user if found is not None and right else None
            try:
                await guard.hold(unit, may_fail=user is None or user.second_factor)
                subject = None if found is None or user is None else await self._prove(unit, found, code)
            except (LockedOut, SecondFactorRequired) as error:
                await self.refusals.turned_away(unit, error, None if user is None else user.name)
                raise
            if subject is None:
                locks = await guard.failed(unit)
                await self.refusals.failed(unit, None if found is None else found.user.name, locks=locks)
                await unit.commit()
                raise CredentialsInvalid
            await guard.succeeded(unit)
            if fresh is not None and found is not None:
                await unit.users.set_password(replace(found, password_hash=fresh), found.password_hash)
            await unit.commit()
            return subject

    async def _admit(self, guard: Guard, unit: Unit) -> None:
        try:
            await guard.admit(unit)
        except LockedOut as error:
            await self.refusals.turned_away(unit, error)
            raise

    async def _prove(self, unit: Unit, found: Credentials, code: str) -> Subject | None:
        """The subject, if everything else about the user whose password was right is in order."""
        now = self.clock.now()
        # As it is now: hashing took its time, and the user may be gone, disabled or have another password.
        current = await unit.users.credentials(found.user.id)
        tenant = await unit.tenants.get(unit.tenant)
        if current is None or tenant is None or current.password_hash != found.password_hash:
            return None
        if current.user.disabled or tenant.disabled or (current.expire_time is not None and now >= current.expire_time):
            return None
        methods = {Method.PASSWORD}
        if current.user.second_factor:
            if not code:
                raise SecondFactorRequired
            if not await self._use_code(unit, current.user, code):
                return None
            methods.add(Method.ONE_TIME_CODE)
        return Subject(
            name=current.user.name,
            tenant=tenant.id,
            tier=tenant.tier,
            display_name=current.user.display_name or current.user.username,
            methods=frozenset(methods),
            authenticated=now,
            epoch=current.user.epoch,
            must_change_password=current.user.must_change_password,
        )

    async def _use_code(self, unit: Unit, user: User, code: str) -> bool:
        """Uses up a code of the authenticator, or a recovery code."""
        totp = await unit.factors.totp(user.id)
        step = totp.step_of(code, self.clock.now()) if totp is not None else None
        if totp is not None and step is not None:
            await unit.factors.put(user.id, replace(totp, last_step=step))
            return True
        digest = recovery_digest(code)
        return digest is not None and await unit.factors.use_code(user.id, digest)

    async def _fresh_hash(self, found: Credentials | None, password: str) -> str | None:
        """A hash with today's parameters, where the one that is kept has others."""
        if found is None or not self.passwords.outdated(found.password_hash):
            return None
        return await self.passwords.hash(password)
