"""Whom the limiter lets in, over real handshakes, by gRPC's own client."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import grpc
import pytest

from services.limits.wire import server as servers
from services.runtime.identity.files import CERTIFICATE, KEY, IdentityFolder
from tests.integration.limits.raw_client import ECHO, connected, serving
from tests.support.identity import (
    authority_of,
    forge,
    forged_credentials,
    make_identities,
    mesh_credentials,
    open_channel,
    self_signed,
)
from tests.support.waiting import eventually

ENVOY = "spiffe://malha.local/envoy"


async def _ask(address: str, credentials: grpc.ChannelCredentials) -> grpc.StatusCode:
    async with open_channel(address, credentials) as channel:
        try:
            assert await channel.unary_unary(ECHO)(b"hello", timeout=5) == b"hello"
        except grpc.aio.AioRpcError as error:
            return error.code()
        return grpc.StatusCode.OK


async def test_envoy_may_call_and_no_other_workload(tmp_path: Path) -> None:
    make_identities(tmp_path)
    async with serving(tmp_path / "identity" / "echo") as served:
        assert await _ask(served.address, mesh_credentials(tmp_path, "envoy")) is grpc.StatusCode.OK
        for workload in ("analysis", "mesh", "operator"):
            code = await _ask(served.address, mesh_credentials(tmp_path, workload))
            assert code is grpc.StatusCode.PERMISSION_DENIED
        assert served.refused("caller_not_allowed") == 3


@pytest.mark.parametrize(
    ("uris", "dns", "why"),
    [
        (["spiffe://evil.example/envoy"], [], "foreign_identity"),
        (["spiffe://malha.local.evil.example/envoy"], [], "foreign_identity"),
        ([ENVOY, "https://malha.local/"], [], "several_uris"),
        ([], ["envoy.malha.local"], "no_uri"),
        ([], [ENVOY], "no_uri"),
    ],
)
async def test_a_name_that_is_none_of_ours_is_refused_though_our_authority_signed_it(
    tmp_path: Path, uris: list[str], dns: list[str], why: str
) -> None:
    make_identities(tmp_path)
    forged = forged_credentials(tmp_path, forge(authority_of(tmp_path), uris, dns))
    async with serving(tmp_path / "identity" / "echo") as served:
        assert await _ask(served.address, forged) is grpc.StatusCode.PERMISSION_DENIED
        assert served.refused(why) == 1


async def test_no_handshake_without_a_good_certificate(tmp_path: Path) -> None:
    make_identities(tmp_path)
    authority = authority_of(tmp_path)
    async with serving(tmp_path / "identity" / "echo") as served:
        for certificate, reason in (
            (None, "handshake_no_certificate"),
            (self_signed(ENVOY), "handshake_unknown_authority"),
            (forge(authority, [ENVOY], begins=-60, life=30), "handshake_expired"),
            (forge(authority, [ENVOY], begins=600), "handshake_not_yet_valid"),
        ):
            code = await _ask(served.address, forged_credentials(tmp_path, certificate))
            assert code is grpc.StatusCode.UNAVAILABLE
            assert served.refused(reason) >= 1


async def test_neither_plaintext_nor_an_older_tls_nor_another_protocol(tmp_path: Path) -> None:
    make_identities(tmp_path)
    folder = tmp_path / "identity" / "envoy" / "current"
    async with serving(tmp_path / "identity" / "echo") as served:
        async with connected(served) as plain:
            assert await plain.frame() is None
        await eventually(lambda: served.refused("handshake_without_tls") == 1)
        for change in ("version", "protocol"):
            context = ssl.create_default_context(cafile=str(folder / "bundle.pem"))
            context.load_cert_chain(folder / CERTIFICATE, folder / KEY)
            if change == "version":
                context.maximum_version = ssl.TLSVersion.TLSv1_2
                with pytest.raises((ssl.SSLError, ConnectionError)):
                    async with connected(served, context):
                        pass
            else:
                context.set_alpn_protocols(["http/1.1"])
                with pytest.raises((ssl.SSLError, ConnectionError, AssertionError)):
                    async with connected(served, context) as client:
                        assert await client.serves(1)


async def test_a_handshake_that_does_not_come_to_an_end_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "_HANDSHAKE_SECONDS", 0.2)
    make_identities(tmp_path)
    async with serving(tmp_path / "identity" / "echo") as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(served.address.rpartition(":")[2]))
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()


async def test_new_handshakes_use_the_new_files_and_old_connections_go_on(tmp_path: Path) -> None:
    rotation = make_identities(tmp_path)
    async with (
        serving(tmp_path / "identity" / "echo") as served,
        open_channel(served.address, mesh_credentials(tmp_path, "envoy")) as old,
    ):
        call = old.unary_unary(ECHO)
        assert await call(b"before", timeout=5) == b"before"
        shown = await _shown(served.address, tmp_path)
        await rotation.rotate()
        assert await _shown(served.address, tmp_path) != shown
        assert await _ask(served.address, mesh_credentials(tmp_path, "envoy")) is grpc.StatusCode.OK
        assert await call(b"after", timeout=5) == b"after"


async def test_an_authority_that_is_retired_is_trusted_no_more(tmp_path: Path) -> None:
    rotation = make_identities(tmp_path, settle_seconds=0.05)
    folder = IdentityFolder(tmp_path / "identity" / "envoy")
    old = folder.last
    async with serving(tmp_path / "identity" / "echo") as served:
        assert await _ask(served.address, mesh_credentials(tmp_path, "envoy")) is grpc.StatusCode.OK
        await rotation.rotate(authority=True)
        outdated = grpc.ssl_channel_credentials(folder.latest().bundle, old.key, old.certificate)
        assert await _ask(served.address, outdated) is grpc.StatusCode.UNAVAILABLE
        assert await _ask(served.address, mesh_credentials(tmp_path, "envoy")) is grpc.StatusCode.OK


async def _shown(address: str, root: Path) -> bytes | None:
    """The certificate that the server shows at a handshake now."""
    folder = root / "identity" / "envoy" / "current"
    context = ssl.create_default_context(cafile=str(folder / "bundle.pem"))
    context.check_hostname = False
    context.load_cert_chain(folder / CERTIFICATE, folder / KEY)
    context.set_alpn_protocols(["h2"])
    host, _, port = address.rpartition(":")
    _, writer = await asyncio.open_connection(host, int(port), ssl=context)
    try:
        found: bytes | None = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        return found
    finally:
        writer.transport.abort()
