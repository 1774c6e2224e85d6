"""The asyncio client."""

from __future__ import annotations

import os
from types import TracebackType
from typing import Self

import grpc.aio

from malha.aio.analysis_client import AsyncAnalysisClient
from malha.aio.auth import authorisation
from malha.aio.identity_client import AsyncIdentityClient
from malha.aio.pricing_client import AsyncPricingClient
from malha.auth import found
from malha.auth.tokens import Tokens, TokenSource
from malha.channel import open_async_channel, open_channel
from malha.settings import Endpoint, resolve


class AsyncClient:
    """A connection to a mesh, for one event loop.

    Attributes:
        analysis: the analysis service.
        identity: who one is, users, service accounts, roles, keys, tenants, the audit log.
        pricing: what cloud compute costs: offers, advice, questions, the catalogue, alerts.
        channel: the gRPC channel, for stubs that have no hand-written layer.
        endpoint: where it talks to.
    """

    def __init__(
        self,
        channel: grpc.aio.Channel,
        endpoint: Endpoint,
        timeout: float | None = None,
        tokens_channel: grpc.Channel | None = None,
    ) -> None:
        self.channel = channel
        self.endpoint = endpoint
        self.analysis = AsyncAnalysisClient(channel, timeout)
        self.identity = AsyncIdentityClient(channel, timeout)
        self.pricing = AsyncPricingClient(channel, timeout)
        self._tokens_channel = tokens_channel

    async def close(self) -> None:
        """Ends all calls and closes the connection."""
        await self.channel.close()
        if self._tokens_channel is not None:
            self._tokens_channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def connect(
    address: str | None = None,
    *,
    ca_file: str | os.PathLike[str] | None = None,
    plaintext: bool = False,
    timeout: float | None = None,
    tracing: bool = False,
    token: str | TokenSource | None = None,
) -> AsyncClient:
    """A client of the mesh at `address`, to be made inside a running event loop; see `malha.connect`.

    With `tracing`, each call hands on the W3C context of the span it is made in; it makes no span of its own.

    Raises:
        malha.settings.SettingsError: the address or the CA file cannot be meant, or a token would cross a network in
            plaintext.
        ImportError: tracing is wanted and the extra `malha-client[tracing]` is not installed.
    """
    endpoint = resolve(address, ca_file=ca_file, plaintext=plaintext)
    interceptors: list[grpc.aio.ClientInterceptor] = []
    if tracing:
        from malha.aio.tracing import trace_context

        interceptors = trace_context()
    # It connects when a token has to be asked for, which happens in a thread.
    tokens_channel = open_channel(endpoint)
    source = found.source(endpoint, token, tokens_channel)
    if source is not None:
        interceptors += authorisation(Tokens(source))
    return AsyncClient(open_async_channel(endpoint, interceptors=interceptors), endpoint, timeout, tokens_channel)
