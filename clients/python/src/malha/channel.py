"""Channels to the edge, with the options that the contracts ask for."""

from __future__ import annotations

from collections.abc import Sequence

import grpc
import grpc.aio
from google.protobuf.descriptor import ServiceDescriptor

from malha.analysis.v1 import analysis_service_pb2
from malha.identity_client import SERVICES as IDENTITY
from malha.pricing_client import SERVICES as PRICING
from malha.service_config import channel_options
from malha.settings import Endpoint

SERVICES: tuple[ServiceDescriptor, ...] = (
    analysis_service_pb2.DESCRIPTOR.services_by_name["AnalysisService"],
    *IDENTITY,
    *PRICING,
)
"""The services a client talks to unless it is told of others."""


def open_channel(endpoint: Endpoint, services: Sequence[ServiceDescriptor] = SERVICES) -> grpc.Channel:
    """A blocking channel. It connects on the first call."""
    options = channel_options(tuple(services))
    if endpoint.plaintext:
        return grpc.insecure_channel(endpoint.address, options)
    return grpc.secure_channel(endpoint.address, _credentials(endpoint), options)


def open_async_channel(
    endpoint: Endpoint,
    services: Sequence[ServiceDescriptor] = SERVICES,
    interceptors: Sequence[grpc.aio.ClientInterceptor] = (),
) -> grpc.aio.Channel:
    """An asyncio channel, bound to the running loop. It connects on the first call."""
    options = channel_options(tuple(services))
    if endpoint.plaintext:
        return grpc.aio.insecure_channel(endpoint.address, options, interceptors=interceptors)
    return grpc.aio.secure_channel(endpoint.address, _credentials(endpoint), options, interceptors=interceptors)


def _credentials(endpoint: Endpoint) -> grpc.ChannelCredentials:
    return grpc.ssl_channel_credentials(endpoint.ca_file.read_bytes() if endpoint.ca_file else None)
