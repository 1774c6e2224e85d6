"""Begin a session: the first access token and the first refresh token of somebody who proved to be somebody."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.identity.directory.domain.subjects import Session
from services.identity.oauth.domain import sessions
from services.identity.oauth.domain.scopes import Scope, both
from services.identity.oauth.domain.sessions import ClientSession, SessionPolicy
from services.identity.oauth.domain.tokens import new_session
from services.identity.oauth.ports import Unit
from services.identity.oauth.usecases.mint import Asked, Mint, TokenAnswer
from services.runtime.clock import Clock


@dataclass(frozen=True, slots=True)
class BeginSession:
    """Begins sessions, together with what else is kept in the unit then."""

    mint: Mint
    clock: Clock
    policy: SessionPolicy

    async def __call__(self, unit: Unit, proved: Session, scope: Scope, asked: Asked) -> TokenAnswer:
        """The first tokens of a session of whom `proved` says, cut down to `scope` for good; last before the commit.

        Raises:
            CredentialsInvalid: the subject may not go on (any more).
            InvalidScope, DependencyUnavailable: see Mint.
        """
        await unit.issuing()
        # Since the proof the subject may have been disabled, say.
        subject = await unit.resume(proved)
        now, secret = self.clock.now(), sessions.new_secret()
        of = replace(subject.session, scopes=both(subject.scopes, scope))
        session = ClientSession(new_session(), asked.client, of, now, now + self.policy.life)
        await unit.begin(session, sessions.token_of(session, secret, now, self.policy))
        answer = await self.mint(unit, subject, scope, asked, session.id)
        return replace(answer, refresh_token=secret)
