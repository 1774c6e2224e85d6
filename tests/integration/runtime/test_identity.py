"""A server with an identity: whom it lets in, over real handshakes, in all four call shapes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from grpc_channelz.v1 import channelz_pb2, channelz_pb2_grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from malha.testing.v1 import echo_service_pb2 as pb
from malha.testing.v1.echo_service_pb2_grpc import EchoServiceStub

from services.runtime.identity.files import IdentityFolder, IdentityUnreadable
from tests.integration.runtime.calls import SHAPES, call, drain, request_of
from tests.support.identity import (
    authority_of,
    forge,
    forged_credentials,
    make_identities,
    mesh_credentials,
    open_channel,
    self_signed,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tests.integration.runtime.calls import Outcome
    from tests.integration.runtime.conftest import Running, Start

    Secure = Callable[..., Awaitable[Running]]

ENVOY = "spiffe://malha.local/envoy"
DENIED = grpc.StatusCode.PERMISSION_DENIED


def caller(name: str) -> tuple[tuple[str, str], ...]:
    """The header by which Envoy names who called it."""
    return (("x-malha-caller", f"spiffe://malha.local/{name}"),)


@pytest.fixture
async def secure(start: Start, tmp_path: Path) -> Secure:
    """Starts an echo server that has the identity of `echo` below `tmp_path`."""
    make_identities(tmp_path)

    async def begin(**changes: Any) -> Running:
        return await start(identity_dir=tmp_path / "identity" / "echo", **changes)

    return begin


async def _call(running: Running, credentials: grpc.ChannelCredentials, shape: str = "Echo", **options: Any) -> Outcome:
    async with open_channel(running.server.address, credentials) as channel:
        return await call(EchoServiceStub(channel), shape, request_of(shape), **options)


@pytest.mark.parametrize("shape", SHAPES)
async def test_envoy_may_call_for_a_caller_of_the_contract(secure: Secure, tmp_path: Path, shape: str) -> None:
    outcome = await _call(await secure(), mesh_credentials(tmp_path, "envoy"), shape, metadata=caller("edge"))
    assert outcome.messages == ["hello"]


@pytest.mark.parametrize("shape", SHAPES)
async def test_a_caller_the_contract_does_not_name_is_refused(secure: Secure, tmp_path: Path, shape: str) -> None:
    running = await secure()
    outcome = await _call(running, mesh_credentials(tmp_path, "envoy"), shape, metadata=caller("analysis"))
    assert (outcome.code, outcome.info.reason) == (DENIED, "CALLER_NOT_ALLOWED")
    assert outcome.info.metadata["caller"] == "analysis"
    assert outcome.messages == []
    assert running.figure("malha_refused_peers_total", reason="caller_not_allowed") == 1


@pytest.mark.parametrize("shape", SHAPES)
async def test_another_service_may_not_go_around_envoy(secure: Secure, tmp_path: Path, shape: str) -> None:
    running = await secure()
    credentials = mesh_credentials(tmp_path, "analysis")
    outcome = await _call(running, credentials, shape, metadata=caller("edge"))
    assert (outcome.code, outcome.info.reason) == (DENIED, "PEER_NOT_TRUSTED")
    assert running.figure("malha_refused_peers_total", reason="not_through_envoy") == 1


async def test_a_direct_caller_calls_as_itself_whatever_its_header_says(secure: Secure, tmp_path: Path) -> None:
    running = await secure(direct_callers=("echo", "operator"))
    async with open_channel(running.server.address, mesh_credentials(tmp_path, "echo")) as channel:
        answer = await EchoServiceStub(channel).DescribeCall(pb.DescribeCallRequest(), metadata=caller("edge"))
    assert answer.caller == "echo"
    outcome = await _call(running, mesh_credentials(tmp_path, "operator"), metadata=caller("edge"))
    assert (outcome.code, outcome.info.metadata["caller"]) == (DENIED, "operator")


@pytest.mark.parametrize(
    ("metadata", "why"),
    [
        ((), "caller_not_named"),
        ((*caller("edge"), *caller("edge")), "caller_not_named"),
        ((("x-malha-caller", "edge"),), "caller_not_of_the_mesh"),
        ((("x-malha-caller", "spiffe://evil.example/edge"),), "caller_not_of_the_mesh"),
        ((("x-malha-caller", "spiffe://malha.local/edge/x"),), "caller_not_of_the_mesh"),
        ((("x-malha-caller", ""),), "caller_not_of_the_mesh"),
    ],
)
async def test_envoy_has_to_name_one_caller_of_the_mesh(
    secure: Secure, tmp_path: Path, metadata: Any, why: str
) -> None:
    running = await secure()
    outcome = await _call(running, mesh_credentials(tmp_path, "envoy"), metadata=metadata)
    assert (outcome.code, outcome.info.reason) == (DENIED, "PEER_NOT_TRUSTED")
    assert running.figure("malha_refused_peers_total", reason=why) == 1


@pytest.mark.parametrize(
    ("uris", "dns", "common_name", "why"),
    [
        pytest.param(["spiffe://evil.example/envoy"], [], "x", "foreign_identity", id="wrong trust domain"),
        pytest.param(["spiffe://malha.local.evil.example/envoy"], [], "x", "foreign_identity", id="longer domain"),
        pytest.param(["spiffe://malha.local/envoy/x"], [], "x", "foreign_identity", id="longer path"),
        pytest.param([ENVOY, "spiffe://malha.local/x"], [], "x", "several_uris", id="two URIs"),
        pytest.param([ENVOY, "https://malha.local/"], [], "x", "several_uris", id="a URI beside"),
        pytest.param([], ["envoy.malha.local"], "x", "no_uri", id="no URI"),
        pytest.param([], [], ENVOY, "no_uri", id="no alternative name, a common name that pretends"),
        pytest.param([], [ENVOY], "x", "no_uri", id="a DNS name that pretends"),
    ],
)  # fmt: skip
async def test_a_name_that_is_not_one_of_ours_is_refused_though_our_authority_signed_it(
    secure: Secure, tmp_path: Path, uris: list[str], dns: list[str], common_name: str, why: str
) -> None:
    running = await secure()
    forged = forge(authority_of(tmp_path), uris, dns, common_name=common_name)
    outcome = await _call(running, forged_credentials(tmp_path, forged), metadata=caller("edge"))
    assert (outcome.code, outcome.info.reason) == (DENIED, "PEER_NOT_TRUSTED")
    assert running.figure("malha_refused_peers_total", reason=why) == 1


async def test_what_the_authority_did_not_sign_now_does_not_come_through_the_handshake(
    secure: Secure, tmp_path: Path
) -> None:
    make_identities(tmp_path / "elsewhere")
    ours, theirs = authority_of(tmp_path), authority_of(tmp_path / "elsewhere")
    strangers = {
        "no certificate": None,
        "of another authority": forge(theirs, [ENVOY]),
        "signed by itself": self_signed(ENVOY),
        "expired": forge(ours, [ENVOY], begins=-120, life=60),
        "not yet valid": forge(ours, [ENVOY], begins=60),
        "signed by a workload": forge(forge(ours, [ENVOY]), [ENVOY]),
    }
    running = await secure()
    for name, stranger in strangers.items():
        outcome = await _call(running, forged_credentials(tmp_path, stranger), metadata=caller("edge"), timeout=3)
        assert outcome.code is grpc.StatusCode.UNAVAILABLE, name
    async with grpc.aio.insecure_channel(running.server.address) as channel:
        outcome = await call(EchoServiceStub(channel), "Echo", request_of("Echo"), metadata=caller("edge"))
    assert outcome.code is grpc.StatusCode.UNAVAILABLE, "plaintext"


async def test_a_server_with_another_name_is_not_spoken_to(secure: Secure, tmp_path: Path) -> None:
    running = await secure()
    async with open_channel(running.server.address, mesh_credentials(tmp_path, "envoy"), "analysis") as channel:
        outcome = await call(EchoServiceStub(channel), "Echo", request_of("Echo"), metadata=caller("edge"))
    assert outcome.code is grpc.StatusCode.UNAVAILABLE


PLATFORM = {
    "health": ({"envoy", "mesh"}, lambda c: health_pb2_grpc.HealthStub(c).Check(health_pb2.HealthCheckRequest())),
    "channelz": (
        {"mesh", "operator"},
        lambda c: channelz_pb2_grpc.ChannelzStub(c).GetServers(channelz_pb2.GetServersRequest()),
    ),
    "unknown": (set(), lambda c: c.unary_unary("/malha.testing.v1.EchoService/Nothing")(b"")),
}


@pytest.mark.parametrize("workload", ["envoy", "mesh", "operator", "analysis", "echo"])
@pytest.mark.parametrize("service", PLATFORM)
async def test_the_platform_answers_those_it_is_for(
    secure: Secure, tmp_path: Path, service: str, workload: str
) -> None:
    running = await secure()
    allowed, ask = PLATFORM[service]
    async with open_channel(running.server.address, mesh_credentials(tmp_path, workload)) as channel:
        try:
            await ask(channel)
            code = grpc.StatusCode.OK
        except grpc.aio.AioRpcError as error:
            code = error.code()
    expected = grpc.StatusCode.OK if workload in allowed else DENIED
    assert code is (grpc.StatusCode.UNIMPLEMENTED if service == "unknown" else expected)


async def test_an_unknown_method_tells_strangers_nothing(secure: Secure, tmp_path: Path) -> None:
    running = await secure()
    forged = forge(authority_of(tmp_path), ["spiffe://evil.example/envoy"])
    async with open_channel(running.server.address, forged_credentials(tmp_path, forged)) as channel:
        unknown: Any = channel.unary_unary("/malha.testing.v1.EchoService/Nothing", None, None)
        outcome = await drain(unknown(b"", timeout=5), "Echo")
    assert outcome.code is DENIED


async def test_a_connection_does_not_live_for_ever_and_no_call_notices(secure: Secure, tmp_path: Path) -> None:
    running = await secure(max_connection_seconds=1.0)
    async with open_channel(running.server.address, mesh_credentials(tmp_path, "envoy")) as channel:
        await channel.channel_ready()
        over = asyncio.ensure_future(channel.wait_for_state_change(grpc.ChannelConnectivity.READY))
        calls = 0
        while not over.done():
            outcome = await call(EchoServiceStub(channel), "Echo", request_of("Echo"), metadata=caller("edge"))
            assert outcome.code is grpc.StatusCode.OK
            calls += 1
        assert calls > 1


async def test_a_connection_ends_in_time_for_certificates_of_a_short_life(start: Start, tmp_path: Path) -> None:
    make_identities(tmp_path, lifetime=6.0)
    running = await start(identity_dir=tmp_path / "identity" / "echo")
    async with open_channel(running.server.address, mesh_credentials(tmp_path, "envoy")) as channel:
        await channel.channel_ready()
        await asyncio.wait_for(channel.wait_for_state_change(grpc.ChannelConnectivity.READY), 10)


async def test_without_its_files_a_server_is_not_built(start: Start, tmp_path: Path) -> None:
    with pytest.raises(IdentityUnreadable):
        await start(identity_dir=tmp_path)


async def test_the_end_of_the_certificate_is_a_figure(secure: Secure, tmp_path: Path) -> None:
    running = await secure()
    expires = IdentityFolder(tmp_path / "identity" / "echo").last.expires_at
    assert running.figure("malha_identity_expires_at_seconds") == expires
