"""Begin a session: the first access token and the first refresh token of somebody who proved to be somebody."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.identity.directory.domain.subjects import Subject
from services.identity.oauth.domain import sessions
from services.identity.oauth.domain.scopes import Scope, both
from services.identity.oauth.domain.sessions import ClientSession, RefreshToken, SessionPolicy
from services.identity.oauth.domain.tokens import new_session
from services.identity.oauth.usecases.mint import Mint, TokenAnswer
from services.runtime.clock import Clock


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session that nobody keeps yet, its first refresh token, and what its client is to be told."""

    session: ClientSession
    token: RefreshToken
    answer: TokenAnswer


@dataclass(frozen=True, slots=True)
class BeginSession:
    """Makes sessions; whoever asks for one keeps it, together with what else has to be kept then."""

    mint: Mint
    clock: Clock
    policy: SessionPolicy

    async def __call__(self, subject: Subject, scope: Scope, client: str, address: str) -> NewSession:
        """A session of `subject`, cut down to `scope` for good. Raises what Mint raises."""
        now = self.clock.now()
        id_, secret = new_session(), sessions.new_secret()
        answer = await self.mint(subject, scope, client, id_, address)
        of = replace(subject.session, scopes=both(subject.scopes, scope))
        session = ClientSession(id_, client, of, now, now + self.policy.life)
        token = sessions.token_of(session, secret, now, self.policy)
        return NewSession(session, token, replace(answer, refresh_token=secret))
