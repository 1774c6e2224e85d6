"""The part of the asyncio identity client about API keys."""

# ruff: noqa: A002 (`filter` is the field's name in the contract)
# ruff: noqa: ASYNC109 (the timeout travels with the call as its deadline; asyncio.timeout would not tell the server)

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime

from malha import identity_requests as requests
from malha.aio.identity_client.calls import AsyncCalls
from malha.identity.v1 import key_service_pb2


class AsyncKeyCalls(AsyncCalls):
    """API keys are what programs ask for tokens with."""

    def list_keys(
        self,
        *,
        owner: str = "",
        filter: str = "",
        order_by: str = "",
        page_size: int = 0,
        timeout: float | None = None,
    ) -> AsyncIterator[key_service_pb2.ApiKey]:
        """The caller's API keys, or those of `owner` (`-`: everybody's), by default the newest first."""
        request = key_service_pb2.ListApiKeysRequest(owner=owner, filter=filter, order_by=order_by, page_size=page_size)
        return self._pages("ListApiKeys", self.keys.ListApiKeys, request, lambda page: page.api_keys, timeout)

    async def create_key(
        self,
        display_name: str,
        *,
        owner: str = "",
        scopes: Iterable[str] = (),
        expire_time: datetime | None = None,
        timeout: float | None = None,
    ) -> key_service_pb2.CreateApiKeyResponse:
        """Makes an API key of the caller, or of `owner`; the answer has the whole key, which is told nowhere else."""
        request = requests.create_api_key(display_name, owner, scopes, expire_time)
        return await self._call("CreateApiKey", self.keys.CreateApiKey, request, timeout)

    async def revoke_key(self, name: str, *, timeout: float | None = None) -> key_service_pb2.ApiKey:
        """Ends an API key, `apiKeys/{uuid}`; the key as it is now."""
        return (
            await self._call("RevokeApiKey", self.keys.RevokeApiKey, requests.revoke_api_key(name), timeout)
        ).api_key
