"""The grant `client_credentials`: a token for the owner of an API key."""

from __future__ import annotations

from dataclasses import dataclass

from services.identity.directory.domain.errors import CredentialsInvalid
from services.identity.oauth.domain.clients import Client
from services.identity.oauth.domain.errors import InvalidClient, UnauthorizedClient
from services.identity.oauth.domain.grants import GrantType
from services.identity.oauth.domain.scopes import Scope
from services.identity.oauth.ports import Units
from services.identity.oauth.usecases.mint import Asked, Mint, TokenAnswer


@dataclass(frozen=True, slots=True)
class GrantToClient:
    """Gives a token to a client that speaks for itself. Its session is the key's, and nothing is kept of it: it just
    asks again."""

    mint: Mint
    units: Units

    async def __call__(self, client: Client, scope: Scope, address: str) -> TokenAnswer:
        """The token.

        Raises:
            UnauthorizedClient: the client is public, so it speaks for nobody.
            InvalidClient: the key, or its owner, has been ended since it was shown.
            InvalidScope: nothing of the scope can be granted.
        """
        if client.subject is None:
            raise UnauthorizedClient("a client without a secret speaks for nobody by itself")
        asked = Asked(GrantType.CLIENT_CREDENTIALS, client.id, address)
        async with self.units.unit(client.subject.tenant) as unit:
            await unit.issuing()
            try:
                subject = await unit.resume(client.subject.session)
            except CredentialsInvalid:
                raise InvalidClient from None
            if await unit.ended(client.session):
                raise InvalidClient
            answer = await self.mint(unit, subject, scope, asked, client.session)
            await unit.commit()
        return answer
