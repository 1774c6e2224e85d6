"""Find out who somebody is by an API key."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from services.identity.directory.domain.errors import CredentialsInvalid, LockedOut
from services.identity.directory.domain.keys import PREFIX, ApiKey, opens
from services.identity.directory.domain.lockouts import address_key
from services.identity.directory.domain.subjects import Method, Subject
from services.identity.directory.ports import Unit, Units
from services.identity.directory.usecases.guard import Guard
from services.identity.directory.usecases.look_up import subject_now
from services.identity.directory.usecases.refusals import Refusals
from services.runtime.clock import Clock

# The last use of a key is right to the hour: more would be a write for each token.
_TOUCH = timedelta(hours=1)
# What is compared with when there is no key; nothing has this hash.
_NO_DIGEST = bytes(32)
# Transactions of nobody's tenant: it has no rows, and looking for some takes as long.
_NO_TENANT = "-"


@dataclass(frozen=True, slots=True)
class AuthenticateClient:
    """See `AuthenticatesClient`."""

    units: Units
    clock: Clock
    refusals: Refusals

    async def __call__(self, client_id: str, client_secret: str, address: str) -> Subject:
        """The owner of the key; raises CredentialsInvalid or LockedOut."""
        prefix = client_id.removeprefix("mk_")
        if not PREFIX.fullmatch(prefix):
            self.refusals.impossible()
            raise CredentialsInvalid
        # Nobody guesses 260 bits: to lock a key would only serve whoever wants to keep its owner out.
        guard = Guard(self.clock, (address_key(address),))
        tenant = await self.units.tenant_of_key(prefix) or _NO_TENANT
        async with self.units.unit(tenant) as unit:
            try:
                await guard.admit(unit)
                subject = await self._owner(unit, prefix, client_secret)
                if subject is None:
                    await guard.hold(unit, may_fail=True)
                    await self._failed(guard, unit, prefix)
            except LockedOut as error:
                await self.refusals.turned_away(unit, error)
                raise
            await unit.commit()
        if subject is None:
            raise CredentialsInvalid
        return subject

    async def _owner(self, unit: Unit, prefix: str, client_secret: str) -> Subject | None:
        now = self.clock.now()
        key, digest = await unit.keys.shown(prefix) or (None, _NO_DIGEST)
        right = opens(client_secret, prefix, digest)
        if key is None or not right or not key.usable(now):
            return None
        subject = await subject_now(unit, key.owner)
        if subject is None:
            return None
        await self._touch(unit, key)
        shown = frozenset({Method.API_KEY})
        return replace(subject, methods=shown, authenticated=now, scopes=key.scopes, key=key.id)

    async def _failed(self, guard: Guard, unit: Unit, prefix: str) -> None:
        locks = await guard.failed(unit)
        key, _ = await unit.keys.shown(prefix) or (None, b"")
        owner, resource = (None, "") if key is None else (key.owner, f"apiKeys/{key.id}")
        await self.refusals.failed(unit, owner, resource, locks=locks)

    async def _touch(self, unit: Unit, key: ApiKey) -> None:
        now = self.clock.now()
        if key.last_use_time is None or now - key.last_use_time >= _TOUCH:
            await unit.keys.save(replace(key, last_use_time=now))
