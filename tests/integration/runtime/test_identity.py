"""A server with an identity: whom it lets in, over real handshakes, in all four call shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from malha.testing.v1.echo_service_pb2_grpc import EchoServiceStub

from tests.integration.runtime.calls import SHAPES, call, request_of
from tests.support.identity import (
    make_identities,
    mesh_credentials,
    open_channel,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tests.integration.runtime.conftest import Running, Start

EDGE = (("x-malha-caller", "spiffe://malha.local/edge"),)
ENVOY = "spiffe://malha.local/envoy"

Secure = "Callable[..., Awaitable[Running]]"


@pytest.fixture
async def secure(start: Start, tmp_path: Path) -> Callable[..., Awaitable[Running]]:
    """Starts an echo server that has the identity of `echo` below `tmp_path`."""
    make_identities(tmp_path)

    async def begin(**changes: Any) -> Running:
        return await start(identity_dir=tmp_path / "identity" / "echo", **changes)

    return begin


@pytest.mark.parametrize("shape", SHAPES)
async def test_envoy_may_call_for_a_caller_of_the_contract(secure: Any, tmp_path: Path, shape: str) -> None:
    running = await secure()
    async with open_channel(running.server.address, mesh_credentials(tmp_path, "envoy")) as channel:
        outcome = await call(EchoServiceStub(channel), shape, request_of(shape), metadata=EDGE)
    assert outcome.messages == ["hello"]
