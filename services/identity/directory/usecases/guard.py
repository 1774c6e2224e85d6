"""Counts failures to get in, and keeps those out who had too many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from services.identity.directory.domain.errors import LockedOut
from services.identity.directory.domain.lockouts import AttemptKey, Attempts, Watched
from services.identity.directory.ports import Unit
from services.runtime.clock import Clock

# Failures older than every policy remembers.
_STALE = 2 * max(watched.policy.forget for watched in Watched)


@dataclass(frozen=True, slots=True)
class Guard:
    """The doorkeeper of one attempt, whose account and address are `keys`.

    An attempt is looked at twice: before its work is done, and when its outcome is written down. An outcome counts only
    if nobody was locked out in between, so that a thousand guesses at once are worth no more than a few in a row.
    """

    clock: Clock
    keys: Sequence[AttemptKey]

    async def admit(self, unit: Unit) -> None:
        """Returns if the attempt may be made; raises LockedOut."""
        self._check(await unit.attempts.look(self.keys))

    async def hold(self, unit: Unit, *, may_fail: bool) -> None:
        """Returns if the outcome may count, and keeps others from theirs until the unit ends; raises LockedOut."""
        self._check(await unit.attempts.lock(self.keys, make=may_fail))

    async def failed(self, unit: Unit) -> bool:
        """Counts a failure; whether it locks an account or an address. `hold` came before."""
        now, locks = self.clock.now(), False
        found = await unit.attempts.look(self.keys)
        for key in self.keys:
            after = key.watched.policy.after_failure(found.get(key), now)
            await unit.attempts.save(key, after)
            locks = locks or after.locked_until > now
        await unit.attempts.sweep(now - _STALE)
        return locks

    async def succeeded(self, unit: Unit) -> None:
        """Forgets the failures of the account; those of the address stay: it may be somebody else's, too."""
        for key in self.keys:
            if key.watched is Watched.ACCOUNT:
                await unit.attempts.forget(key)

    def _check(self, found: Mapping[AttemptKey, Attempts]) -> None:
        now = self.clock.now()
        wait = max((key.watched.policy.wait(attempts, now) for key, attempts in found.items()), default=timedelta())
        if wait:
            raise LockedOut(wait)
