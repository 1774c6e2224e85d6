"""The grant `refresh_token`: the next tokens of a session, and the end of one whose refresh token was copied."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from services.identity.directory.domain.errors import CredentialsInvalid
from services.identity.oauth.domain import sessions, trail
from services.identity.oauth.domain.clients import Client
from services.identity.oauth.domain.errors import InvalidGrant, InvalidScope
from services.identity.oauth.domain.grants import GrantType
from services.identity.oauth.domain.scopes import Scope
from services.identity.oauth.domain.sessions import ClientSession, RefreshToken, SessionPolicy, Verdict, verdict
from services.identity.oauth.ports import SessionStore, Units
from services.identity.oauth.usecases.end_session import EndSession
from services.identity.oauth.usecases.mint import Asked, Mint, TokenAnswer
from services.runtime.clock import Clock

_LOG = structlog.get_logger("sessions")
# The reason of an entry about a session whose subject may not go on: it is gone, disabled, or has another password.
_SUBJECT_ENDED = "SUBJECT_ENDED"
_ENDED = "this refresh token is not good, or not any more"


@dataclass(frozen=True, slots=True)
class RenewSession:
    """Gives the next tokens for a refresh token, once."""

    mint: Mint
    store: SessionStore
    units: Units
    end: EndSession
    clock: Clock
    policy: SessionPolicy

    async def __call__(self, client: Client, secret: str, scope: Scope, address: str) -> TokenAnswer:
        """The next tokens. `scope` cuts this access token down, not the session.

        Raises:
            InvalidGrant: the refresh token is none, was used before (then its session ends), has ended, or belongs to
                another client; or its subject may not go on.
            InvalidScope: nothing of the scope can be granted, or it goes beyond the session's.
        """
        now = self.clock.now()
        found = await self.store.find(sessions.digest_of(secret))
        if found is None or found[1].client != client.id:
            raise InvalidGrant(_ENDED)
        token, session = found
        match verdict(token, session, now):
            case Verdict.ENDED:
                raise InvalidGrant(_ENDED)
            case Verdict.REUSED:
                raise await self._copied(session, now)
            case Verdict.GOOD:
                pass
        allowed = session.of.scopes
        if scope is not None and allowed is not None and not scope <= allowed:
            raise InvalidScope("the scope goes beyond what the session was granted")
        try:
            answer = await self._renew(token, session, scope, address)
        except CredentialsInvalid:
            await self.end(session, _SUBJECT_ENDED)
            raise InvalidGrant(_ENDED) from None
        if answer is None:
            # Somebody was faster with the same token since it was looked at.
            raise await self._copied(session, now)
        return answer

    async def _renew(
        self, token: RefreshToken, session: ClientSession, scope: Scope, address: str
    ) -> TokenAnswer | None:
        """The next tokens; None, and nothing happens, if the refresh token is not good any more."""
        now, fresh = self.clock.now(), sessions.new_secret()
        async with self.units.unit(session.of.tenant) as unit:
            await unit.issuing()
            # It may be of another epoch since it was looked at: that of the password which was chosen in it.
            session = await unit.session(session.id) or session
            subject = await unit.resume(session.of)
            if not await unit.rotate(token, sessions.token_of(session, fresh, now, self.policy), now):
                return None
            asked = Asked(GrantType.REFRESH_TOKEN, session.client, address)
            answer = await self.mint(unit, subject, scope, asked, session.id)
            await unit.commit()
        return replace(answer, refresh_token=fresh)

    async def _copied(self, session: ClientSession, now: datetime) -> InvalidGrant:
        _LOG.warning("refresh token used twice", session=session.id, subject=str(session.of.name), at=now.isoformat())
        await self.end(session, trail.REUSED)
        return InvalidGrant("this refresh token was used before, so its session has ended")
