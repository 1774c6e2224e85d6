"""End a session: none of its tokens is good any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.identity.oauth.domain.revocations import Revocation, RevocationKind
from services.identity.oauth.domain.sessions import ClientSession
from services.identity.oauth.ports import SessionStore
from services.runtime.clock import Clock

# Clocks may differ, and what a client does with its session may still be on its way.
_MARGIN = timedelta(seconds=10)


def revocation(kind: RevocationKind, target: str, now: datetime, token_life: timedelta) -> Revocation:
    """What takes back, at `now`, every token that `target` stands for and that is already issued.

    A token says its time in whole seconds. A session that has ended gets no later tokens, so nothing is lost by a
    margin; a subject does, in the same second perhaps, and those have to be good.
    """
    later = kind is RevocationKind.SUBJECT
    revoked = now.replace(microsecond=0) if later else now + _MARGIN
    return Revocation(kind, target, revoked, now + _MARGIN + token_life)


@dataclass(frozen=True, slots=True)
class EndSession:
    """Ends sessions. `token_life` is how long an access token lives."""

    store: SessionStore
    clock: Clock
    token_life: timedelta

    async def __call__(self, session: ClientSession) -> None:
        """Takes back its refresh tokens at once, its access tokens within seconds; once more does no harm."""
        end = revocation(RevocationKind.SESSION, session.id, self.clock.now(), self.token_life)
        await self.store.end(session.of.tenant, session.id, end)
