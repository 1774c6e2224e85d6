"""Identify a client: which program asks, and does it prove to be itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.identity.directory.domain.errors import CredentialsInvalid, LockedOut
from services.identity.directory.ports import AuthenticatesClient
from services.identity.oauth.domain.clients import Client, ClientCredentials
from services.identity.oauth.domain.errors import InvalidClient, TooManyAttempts


@dataclass(frozen=True, slots=True)
class IdentifyClient:
    """Knows the public clients by name (`public` has what people call them), and the others by their API keys."""

    authenticate: AuthenticatesClient
    public: Mapping[str, str]

    async def __call__(self, credentials: ClientCredentials, address: str) -> Client:
        """The client.

        Raises:
            InvalidClient: it is unknown, or its secret is wrong.
            TooManyAttempts: too many wrong secrets came.
        """
        name = self.public.get(credentials.id)
        if name is not None and not credentials.secret:
            return Client(credentials.id, name)
        # Also for what cannot be right: who tries names hears the same of each, after the same time.
        try:
            subject = await self.authenticate(credentials.id, credentials.secret, address)
        except CredentialsInvalid:
            raise InvalidClient from None
        except LockedOut as error:
            raise TooManyAttempts(error.retry_after) from None
        return Client(credentials.id, subject.display_name, subject)
