"""Every role, every method, every credential: edge and servers decide as the contracts say, over gRPC and REST."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import grpc
import httpx
import pytest
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2, status_pb2
from malha.identity.v1 import oauth_service_pb2

from services.identity.directory.domain.built_in import built_in_roles
from services.mesh.topology import Topology
from services.runtime.auth.catalogue import permissions
from services.runtime.auth.wildcards import shortened
from services.runtime.server import Server, ServerBuilder
from services.runtime.settings import RuntimeSettings
from services.runtime.telemetry import start_telemetry
from tests.support.access import SERVICES as GUARDED_SERVICES
from tests.support.access import Rpc, line, rpcs
from tests.support.envoy_process import Alone, alone
from tests.support.identity import mesh_credentials, open_blocking_channel
from tests.support.mesh_process import wait_until
from tests.support.tokens import ISSUER, FixedAuthority, Issuer

if TYPE_CHECKING:
    from pathlib import Path

    from google.protobuf.descriptor import MethodDescriptor

    from services.mesh.topology import Service

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("access")]

# Whatever serves a contract; nothing is counted here, so that every call is decided by what it brings.
SERVICES = tuple(service for service in GUARDED_SERVICES if service.name != "limits")
GUARDED = Topology("guarded", SERVICES, guarded=True)
RPCS = [rpc for service in SERVICES for rpc in rpcs(service)]
BUILT_IN = built_in_roles(permissions())
ROLES = {**{name: role.permissions for name, role in BUILT_IN.items()}, "nobody": frozenset[str]()}
# As identity writes them into a token.
WRITTEN = {name: shortened(role.permissions, role.wildcards) for name, role in BUILT_IN.items()} | {"nobody": []}
GUARDS = {
    "TOKEN_REQUIRED", "TOKEN_INVALID", "TOKEN_EXPIRED", "TOKEN_REVOKED", "TOKEN_KEYS_UNAVAILABLE",
    "PERMISSION_MISSING", "CREDENTIAL_KIND_NOT_ALLOWED", "CALLER_NOT_ALLOWED", "PEER_NOT_TRUSTED",
}  # fmt: skip


@dataclass(frozen=True)
class Credential:
    """What a caller shows: a header, and what is expected of it where it is no good token."""

    name: str
    header: str | None
    kind: str = ""
    permissions: frozenset[str] = frozenset()
    reason: str = ""

    def expected(self, rpc: Rpc) -> str:
        """Why the contract refuses a call with it; empty when it does not."""
        if self.header is None:
            return "" if rpc.expected("", frozenset()) == "" else "TOKEN_REQUIRED"
        return self.reason or rpc.expected(self.kind, self.permissions)

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """The header, if any."""
        return () if self.header is None else (("authorization", self.header),)


def credentials(issuer: Issuer) -> list[Credential]:
    """All of them, made now."""
    good = sorted(permissions())

    def bearer(**changes: Any) -> str:
        return f"Bearer {issuer.token(*changes.pop('permissions', good), **changes)}"

    past = issuer.claims()["iat"] - 1000
    return [
        Credential("nothing", None),
        Credential("expired", bearer(iat=past, exp=past + 60), reason="TOKEN_EXPIRED"),
        Credential("for another audience", bearer(aud="other"), reason="TOKEN_INVALID"),
        Credential("of another issuer", bearer(iss="https://evil.test"), reason="TOKEN_INVALID"),
        Credential("forged", f"Bearer {replace(issuer, key=Issuer().key).token(*good)}", reason="TOKEN_INVALID"),
        *(
            Credential(f"{role} of {kind}", bearer(sub=f"{kind}/x", permissions=WRITTEN[role]), kind, held)
            for role, held in ROLES.items()
            for kind in ("users", "serviceAccounts")
        ),
    ]


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture(scope="module")
def envoy(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> Iterator[Alone]:
    """The edge, and behind it for each service somebody who takes everything."""
    with alone(tmp_path_factory.mktemp("access") / "state", topology=GUARDED, issuer=ISSUER) as running:
        keys = oauth_service_pb2.GetJsonWebKeySetResponse(keys=[issuer.jwk()])
        (running.root / "answers" / "GetJsonWebKeySet").write_bytes(keys.SerializeToString())
        for service in SERVICES:
            running.publish(service.name, running.backend(service.name, f"{service.name}-0"))
        for service in SERVICES:
            running.wait_healthy(service.name, 1)
        health = ("authorization", f"Bearer {issuer.token()}")
        with grpc.insecure_channel(f"127.0.0.1:{running.edge.plaintext_port}") as channel:
            wait_until(lambda: _by_grpc(channel, KEYS_PATH, (health,)) == "", 10, "Envoy has the keys")
        yield running


KEYS_PATH = "/malha.identity.v1.OAuthService/GetJsonWebKeySet"


def test_the_matrix_has_every_kind_of_cell(issuer: Issuer) -> None:
    found = {credential.expected(rpc) for rpc in RPCS for credential in credentials(issuer)}
    assert {"", "TOKEN_REQUIRED", "PERMISSION_MISSING", "CREDENTIAL_KIND_NOT_ALLOWED"} < found
    assert len(RPCS) == len({line(rpc) for rpc in RPCS}) > 0


def test_the_edge_decides_as_the_contracts_say_over_grpc(envoy: Alone, issuer: Issuer) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{envoy.edge.plaintext_port}") as channel:
        wrong = [
            (rpc.path, shown.name, found, shown.expected(rpc))
            for shown in credentials(issuer)
            for rpc in RPCS
            if (found := _by_grpc(channel, rpc.path, shown.metadata)) != shown.expected(rpc)
        ]
    assert wrong == []


def test_the_edge_decides_as_the_contracts_say_over_rest(envoy: Alone, issuer: Issuer) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{envoy.edge.plaintext_port}", timeout=10) as web:
        wrong = [
            (rpc.path, shown.name, found, shown.expected(rpc))
            for shown in credentials(issuer)
            for rpc in RPCS
            if rpc.rest and (found := _by_rest(web, *rpc.rest, shown.metadata)) != shown.expected(rpc)
        ]
    assert wrong == []


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
async def test_a_server_decides_as_the_contracts_say_even_behind_a_careless_edge(
    service: Service, envoy: Alone, issuer: Issuer
) -> None:
    server = _build(service, envoy.root, issuer)
    await server.start()
    try:
        with open_blocking_channel(server.address, mesh_credentials(envoy.root, "envoy"), service.name) as channel:
            while await _verdict(channel, rpcs(service)[0].path, credentials(issuer)[-1]) == "TOKEN_KEYS_UNAVAILABLE":
                pass
            wrong = [
                (rpc.path, shown.name, found, shown.expected(rpc))
                for shown in credentials(issuer)
                for rpc in rpcs(service)
                if (found := await _verdict(channel, rpc.path, shown)) != shown.expected(rpc)
            ]
    finally:
        await server.stop(0)
    assert wrong == []


def _by_grpc(channel: grpc.Channel, path: str, metadata: tuple[tuple[str, str], ...]) -> str:
    begin: Any = channel.stream_stream(path)
    call = begin(iter([b""]), timeout=10, metadata=metadata)
    with suppress(grpc.RpcError):
        list(call)
    return "" if call.code() is grpc.StatusCode.OK else _reason(call.trailing_metadata())


def _by_rest(web: httpx.Client, verb: str, path: str, metadata: tuple[tuple[str, str], ...]) -> str:
    """A call that is let in may still not be understood: that is the transcoder's or the method's affair."""
    body = None if verb in ("GET", "DELETE") else b"{}"
    answer = web.request(verb, path, content=body, headers=[*metadata, ("content-type", "application/json")])
    if answer.status_code not in (401, 403, 503):
        return ""
    reason: str = answer.json()["error"]["details"][0]["reason"]
    return reason


async def _verdict(channel: grpc.Channel, path: str, shown: Credential) -> str:
    """What a server says to a call that Envoy lets through; empty when it is about something else than access."""
    metadata = (("x-malha-caller", "spiffe://malha.local/edge"), *shown.metadata)
    # By the blocking client: the one of asyncio sometimes loses why a call was refused to which it was still writing.
    reason = await asyncio.to_thread(_by_grpc, channel, path, metadata)
    return reason if reason in GUARDS else ""


def _reason(trailing: Any) -> str:
    status = status_pb2.Status.FromString(dict(trailing)["grpc-status-details-bin"])
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    return str(info.reason)


def _build(service: Service, root: Path, issuer: Issuer) -> Server:
    """The real server of a service with its real identity and contracts, and nothing behind them."""
    settings = RuntimeSettings(
        component=service.name, identity_dir=root / "identity" / service.name, issuer=ISSUER, drain_seconds=0
    )
    builder = ServerBuilder(settings, telemetry=start_telemetry(settings), authority=FixedAuthority(issuer))
    for name in service.contracts:
        stubs = importlib.import_module(f"{name}_grpc")
        for contract in importlib.import_module(name).DESCRIPTOR.services_by_name.values():
            methods = {method.name: _empty(method) for method in contract.methods}
            servicer = type("Empty", (getattr(stubs, f"{contract.name}Servicer"),), methods)()
            builder.add(getattr(stubs, f"add_{contract.name}Servicer_to_server"), servicer)
    return builder.build()


def _empty(method: MethodDescriptor) -> Any:
    """An implementation that answers with one empty message."""
    answer = GetMessageClass(method.output_type)

    async def one(self: Any, request: Any, context: Any) -> Any:
        return answer()

    async def stream(self: Any, request: Any, context: Any) -> AsyncIterator[Any]:
        yield answer()

    return stream if method.server_streaming else one
