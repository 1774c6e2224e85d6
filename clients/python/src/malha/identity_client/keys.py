"""The part of the identity client about API keys."""

# ruff: noqa: A002 (`filter` is the field's name in the contract)

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from malha import identity_requests as requests
from malha.identity.v1 import key_service_pb2
from malha.identity_client.calls import Calls


class KeyCalls(Calls):
    """API keys are what programs ask for tokens with."""

    def list_keys(
        self,
        *,
        owner: str = "",
        filter: str = "",
        order_by: str = "",
        page_size: int = 0,
        timeout: float | None = None,
    ) -> Iterator[key_service_pb2.ApiKey]:
        """The caller's API keys, or those of `owner` (`-`: everybody's), by default the newest first."""
        request = key_service_pb2.ListApiKeysRequest(owner=owner, filter=filter, order_by=order_by, page_size=page_size)
        return self._pages("ListApiKeys", self.keys.ListApiKeys, request, lambda page: page.api_keys, timeout)

    def create_key(
        self,
        display_name: str,
        *,
        owner: str = "",
        scopes: Iterable[str] = (),
        expire_time: datetime | None = None,
        timeout: float | None = None,
    ) -> key_service_pb2.CreateApiKeyResponse:
        """Makes an API key of the caller, or of `owner`; the answer has the whole key, which is told nowhere else.

        `scopes` cuts it down to those permissions. `expire_time` is at most 366 days ahead (default: 90).
        """
        request = requests.create_api_key(display_name, owner, scopes, expire_time)
        return self._call("CreateApiKey", self.keys.CreateApiKey, request, timeout)

    def revoke_key(self, name: str, *, timeout: float | None = None) -> key_service_pb2.ApiKey:
        """Ends an API key, `apiKeys/{uuid}`; the key as it is now."""
        return self._call("RevokeApiKey", self.keys.RevokeApiKey, requests.revoke_api_key(name), timeout).api_key
