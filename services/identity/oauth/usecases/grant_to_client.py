"""The grant `client_credentials`: a token for the owner of an API key."""

from __future__ import annotations

from dataclasses import dataclass

from services.identity.oauth.domain.clients import Client
from services.identity.oauth.domain.errors import UnauthorizedClient
from services.identity.oauth.domain.scopes import Scope
from services.identity.oauth.domain.tokens import new_session
from services.identity.oauth.usecases.mint import Mint, TokenAnswer


@dataclass(frozen=True, slots=True)
class GrantToClient:
    """Gives a token to a client that speaks for itself. There is no session: it just asks again."""

    mint: Mint

    async def __call__(self, client: Client, scope: Scope, address: str) -> TokenAnswer:
        """The token.

        Raises:
            UnauthorizedClient: the client is public, so it speaks for nobody.
            InvalidScope: nothing of the scope can be granted.
        """
        if client.subject is None:
            raise UnauthorizedClient("a client without a secret speaks for nobody by itself")
        return await self.mint(client.subject, scope, client.id, new_session(), address)
