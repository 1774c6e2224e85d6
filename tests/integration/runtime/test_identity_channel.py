"""The channel into the mesh: what a sub-call takes along, and rotations under load."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from malha.testing.v1 import echo_service_pb2 as pb
from malha.testing.v1.echo_service_pb2_grpc import EchoServiceStub

from services.runtime.identity.inner import InnerChannel, MeshMissing
from services.runtime.settings import RuntimeSettings
from tests.integration.runtime.calls import SHAPES, call, request_of
from tests.support.identity import make_identities
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from services.mesh.identity import Rotation
    from tests.integration.runtime.conftest import Start

SERVICES = tuple(pb.DESCRIPTOR.services_by_name.values())


@pytest.fixture
def rotation(tmp_path: Path) -> Rotation:
    return make_identities(tmp_path, settle_seconds=0.6)


async def test_rotation_under_load_fails_no_call(start: Start, rotation: Rotation, tmp_path: Path) -> None:
    # The server is Envoy to its client, and takes the client for a caller of its own: no proxy between.
    server = await start(identity_dir=tmp_path / "identity" / "envoy", direct_callers=("echo",), grace_seconds=5.0)
    settings = RuntimeSettings(identity_dir=tmp_path / "identity" / "echo", inner_address=server.server.address)
    done = asyncio.Event()
    outcomes: list[Any] = []

    async def load(stub: Any, shape: str) -> None:
        while not done.is_set():
            outcomes.append(await call(stub, shape, request_of(shape)))

    async with InnerChannel(settings, SERVICES) as channel:
        stub = EchoServiceStub(channel)
        tasks = [asyncio.ensure_future(load(stub, shape)) for shape in SHAPES]
        for _ in range(10):
            before = len(outcomes)
            await rotation.rotate()
            await eventually(lambda before=before: len(outcomes) > before + 50)  # type: ignore[misc]
        await rotation.rotate(authority=True)
        before = len(outcomes)
        await eventually(lambda: len(outcomes) > before + 50)
        done.set()
        await asyncio.gather(*tasks)
    assert {outcome.code for outcome in outcomes} == {grpc.StatusCode.OK}


async def test_without_an_address_there_is_no_channel() -> None:
    with pytest.raises(MeshMissing):
        InnerChannel(RuntimeSettings(), SERVICES)
