"""The blocking client."""

from __future__ import annotations

import os
from types import TracebackType
from typing import Self

import grpc

from malha.analysis_client import AnalysisClient
from malha.auth import found
from malha.auth.attach import authorised
from malha.auth.tokens import Tokens, TokenSource
from malha.channel import open_channel
from malha.identity_client import IdentityClient
from malha.pricing_client import PricingClient
from malha.settings import Endpoint, resolve


class Client:
    """A connection to a mesh; safe to share between threads.

    Attributes:
        analysis: the analysis service.
        identity: who one is, users, service accounts, roles, keys, tenants, the audit log.
        pricing: what cloud compute costs: offers, advice, questions, the catalogue, alerts.
        channel: the gRPC channel, for stubs that have no hand-written layer.
        endpoint: where it talks to.
    """

    def __init__(self, channel: grpc.Channel, endpoint: Endpoint, timeout: float | None = None) -> None:
        self.channel = channel
        self.endpoint = endpoint
        self.analysis = AnalysisClient(channel, timeout)
        self.identity = IdentityClient(channel, timeout)
        self.pricing = PricingClient(channel, timeout)

    def close(self) -> None:
        """Ends all calls and closes the connection."""
        self.channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def connect(
    address: str | None = None,
    *,
    ca_file: str | os.PathLike[str] | None = None,
    plaintext: bool = False,
    timeout: float | None = None,
    tracing: bool = False,
    token: str | TokenSource | None = None,
) -> Client:
    """A client of the mesh at `address`; the connection is made on the first call.

    Args:
        address: `host:port`; None means what `malha.settings.resolve` finds.
        ca_file: the authorities to trust, a PEM file; None means those of the mesh that runs here, or the public ones.
        plaintext: talk without TLS, to the loopback listener of a development mesh.
        timeout: seconds for every call, where a call does not say otherwise; None means each method's own, from the
            contract. A method's own is never exceeded.
        tracing: make a span for each call and hand its context on; needs the extra `malha-client[tracing]`.
        token: the access token for every call, or where to get one; an empty text means to do without. None means what
            `malha.auth.found.source` finds: `MALHA_TOKEN`, the login of `malha login`, or the credentials that a
            development mesh on this machine wrote for whoever started it. A token that ends is renewed before.

    Raises:
        malha.settings.SettingsError: the address or the CA file cannot be meant, or a token would cross a network in
            plaintext.
        ImportError: tracing is wanted and the extra is not installed.
    """
    endpoint = resolve(address, ca_file=ca_file, plaintext=plaintext)
    channel = open_channel(endpoint)
    source = found.source(endpoint, token, channel)
    if source is not None:
        channel = authorised(channel, Tokens(source))
    if tracing:
        channel = _traced(channel)
    return Client(channel, endpoint, timeout)


def _traced(channel: grpc.Channel) -> grpc.Channel:
    from opentelemetry.instrumentation.grpc import client_interceptor
    from opentelemetry.instrumentation.grpc.grpcext import intercept_channel

    traced: grpc.Channel = intercept_channel(channel, client_interceptor())  # type: ignore[no-untyped-call]
    return traced
