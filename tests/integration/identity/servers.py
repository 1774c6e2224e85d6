"""What servers make of tokens: the verifier of all of them, asking a real issuer when a test says so."""

from __future__ import annotations

from malha.identity.v1 import oauth_service_pb2 as pb
from prometheus_client import CollectorRegistry

from services.runtime.auth.guard import Guard
from services.runtime.exceptions import TokenRevoked
from tests.integration.identity.oauth import ISSUER, OAuthServer


class Servers:
    """What any server of the mesh does with tokens: it asks the issuer now and then, here when a test says so."""

    def __init__(self, oauth: OAuthServer) -> None:
        self._oauth = oauth
        clock = oauth.directory.clock
        self._guard = Guard(ISSUER, self, CollectorRegistry(), lambda: clock.now().timestamp())

    async def keys(self) -> pb.GetJsonWebKeySetResponse:
        return await self._oauth.stub.GetJsonWebKeySet(pb.GetJsonWebKeySetRequest())

    async def revocations(self, after: int) -> pb.ListRevocationsResponse:
        return await self._oauth.revocations(after)

    async def close(self) -> None:
        """Nothing to close."""

    async def takes(self, *tokens: str) -> list[bool]:
        """Which of the tokens are good, after one more question."""
        await self._guard.refresh()
        assert self._guard.ready
        return [self._takes(token) for token in tokens]

    def _takes(self, token: str) -> bool:
        try:
            self._guard.tokens.principal(f"Bearer {token}")
        except TokenRevoked:
            return False
        return True
