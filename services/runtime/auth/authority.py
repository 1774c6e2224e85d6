"""Where the keys and the revocations come from: the service that issues the tokens."""

from typing import Protocol

from malha.identity.v1 import oauth_service_pb2 as pb
from malha.identity.v1 import oauth_service_pb2_grpc as rpc

from services.runtime.identity.inner import InnerChannel
from services.runtime.settings import RuntimeSettings

_SECONDS = 2.0


class Authority(Protocol):
    """The issuer, as a verifier knows it. Whatever a method raises, it is asked again later."""

    async def keys(self) -> pb.GetJsonWebKeySetResponse:
        """The keys of today."""

    async def revocations(self, after: int) -> pb.ListRevocationsResponse:
        """What was taken back after number `after`."""

    async def close(self) -> None:
        """Nobody asks any more."""


class MeshAuthority:
    """The issuer's service, through the mesh."""

    def __init__(self, settings: RuntimeSettings) -> None:
        """Connects at the first question.

        Raises:
            MeshMissing: the settings name no inner address.
        """
        # Without the contract's retries: who asks will ask again, and wants to know at once that nobody is there yet.
        self._channel = InnerChannel(settings, [])
        self._stub = rpc.OAuthServiceStub(self._channel)

    async def keys(self) -> pb.GetJsonWebKeySetResponse:
        answer: pb.GetJsonWebKeySetResponse = await self._stub.GetJsonWebKeySet(
            pb.GetJsonWebKeySetRequest(), timeout=_SECONDS
        )
        return answer

    async def revocations(self, after: int) -> pb.ListRevocationsResponse:
        answer: pb.ListRevocationsResponse = await self._stub.ListRevocations(
            pb.ListRevocationsRequest(after=after), timeout=_SECONDS
        )
        return answer

    async def close(self) -> None:
        await self._channel.close()
