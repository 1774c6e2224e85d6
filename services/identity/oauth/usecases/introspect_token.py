"""Introspect a token (RFC 7662): say what it is worth to a client that may know."""

from __future__ import annotations

from dataclasses import dataclass

from services.identity.directory.domain.errors import CredentialsInvalid
from services.identity.directory.domain.subjects import Subject
from services.identity.directory.ports import FindsPermissions, Resumes
from services.identity.oauth.domain import sessions
from services.identity.oauth.domain.clients import Client
from services.identity.oauth.domain.errors import InvalidClient
from services.identity.oauth.domain.scopes import cut
from services.identity.oauth.domain.sessions import ClientSession, RefreshToken, Verdict, verdict
from services.identity.oauth.domain.tokens import AccessToken
from services.identity.oauth.ports import SessionStore
from services.identity.oauth.usecases.read_token import ReadToken
from services.runtime.clock import Clock

PERMISSION = "identity.tokens.introspect"
"""What a client holds that may look at the tokens of others, in its tenant."""


@dataclass(frozen=True, slots=True)
class ActiveRefreshToken:
    """A refresh token that is good, and its session."""

    token: RefreshToken
    session: ClientSession


@dataclass(frozen=True, slots=True)
class IntrospectToken:
    """Looks at tokens on behalf of clients with a secret."""

    read: ReadToken
    store: SessionStore
    resume: Resumes
    permissions_of: FindsPermissions
    clock: Clock

    async def __call__(self, client: Client, text: str, address: str) -> AccessToken | ActiveRefreshToken | None:
        """What the token says; None if it is not good, or not this client's business.

        Raises:
            InvalidClient: the client is public, so anybody could ask.
        """
        if client.subject is None:
            raise InvalidClient
        if sessions.is_refresh_token(text):
            return await self._refresh_token(client, client.subject, text, address)
        token = self.read(text)
        if token is None or not await self.read.good(token):
            return None
        may = await self._may(client, client.subject, token.client, token.tenant, address)
        return token if may else None

    async def _refresh_token(
        self, client: Client, asks: Subject, secret: str, address: str
    ) -> ActiveRefreshToken | None:
        found = await self.store.find(sessions.digest_of(secret))
        if found is None or verdict(*found, self.clock.now()) is not Verdict.GOOD:
            return None
        token, session = found
        if not await self._may(client, asks, session.client, session.of.tenant, address):
            return None
        try:
            await self.resume(session.of)
        except CredentialsInvalid:
            return None
        return ActiveRefreshToken(token, session)

    async def _may(self, client: Client, asks: Subject, given_to: str, tenant: str, address: str) -> bool:
        if given_to == client.id:
            return True
        if tenant != asks.tenant:
            return False
        grant = await self.permissions_of(asks, address, mfa=asks.mfa)
        return PERMISSION in cut(grant.permissions, asks.scopes)
