"""Revoke a token (RFC 7009)."""

from __future__ import annotations

from dataclasses import dataclass

from services.identity.oauth.domain import sessions, trail
from services.identity.oauth.domain.clients import Client
from services.identity.oauth.domain.errors import UnauthorizedClient
from services.identity.oauth.ports import SessionStore, Units
from services.identity.oauth.usecases.end_session import EndSession
from services.identity.oauth.usecases.read_token import ReadToken
from services.identity.revocations.domain import RevocationKind, revocation
from services.runtime.clock import Clock

_ANOTHERS = "this token was given to another client"


@dataclass(frozen=True, slots=True)
class RevokeToken:
    """Takes tokens back at the wish of the client that has them."""

    read: ReadToken
    store: SessionStore
    end: EndSession
    units: Units
    clock: Clock

    async def __call__(self, client: Client, text: str) -> None:
        """Takes the token back. What is none (any more) is no error: it is as the client wants it.

        Raises:
            UnauthorizedClient: it was given to another client.
        """
        if sessions.is_refresh_token(text):
            await self._end_session(client, text)
        else:
            await self._take_back(client, text)

    async def _end_session(self, client: Client, secret: str) -> None:
        found = await self.store.find(sessions.digest_of(secret))
        if found is None:
            return
        session = found[1]
        if session.client != client.id:
            raise UnauthorizedClient(_ANOTHERS)
        await self.end(session)

    async def _take_back(self, client: Client, text: str) -> None:
        token = self.read(text)
        if token is None:
            return
        if token.client != client.id:
            raise UnauthorizedClient(_ANOTHERS)
        if await self.read.good(token):
            now = self.clock.now()
            async with self.units.unit(token.tenant) as unit:
                await unit.take_back(revocation(RevocationKind.TOKEN, token.id, now), now)
                await unit.record(trail.taken_back(token))
                await unit.commit()
