"""End a session: none of its tokens is good any more."""

from __future__ import annotations

from dataclasses import dataclass

from services.identity.oauth.domain import trail
from services.identity.oauth.domain.sessions import ClientSession
from services.identity.oauth.ports import Units
from services.identity.revocations.domain import RevocationKind, revocation
from services.runtime.clock import Clock


@dataclass(frozen=True, slots=True)
class EndSession:
    """Ends sessions."""

    units: Units
    clock: Clock

    async def __call__(self, session: ClientSession, reason: str = "") -> None:
        """Takes back its refresh tokens at once, its access tokens within seconds; once more does nothing."""
        now = self.clock.now()
        async with self.units.unit(session.of.tenant) as unit:
            if await unit.end(session.id, now):
                await unit.take_back(revocation(RevocationKind.SESSION, session.id, now), now)
                await unit.record(trail.ended(session, reason))
                await unit.commit()
