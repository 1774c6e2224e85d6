"""Who may call what: every cell of the matrix of identities and methods, at Envoy and once more at the servers."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2, status_pb2

from services.mesh import policies
from services.mesh.identity.certificates import make_authority
from services.mesh.topology import ADMIN, ANALYSIS, ECHO
from services.runtime.identity.spiffe import EDGE, ENVOY, MESH, OPERATOR, server_name, spiffe_id
from services.runtime.server import Server, ServerBuilder
from services.runtime.settings import RuntimeSettings
from services.runtime.telemetry import start_telemetry
from tests.integration.runtime.calls import LOST
from tests.support.envoy_process import Alone, alone
from tests.support.identity import (
    authority_of,
    forge,
    forged_credentials,
    make_identities,
    mesh_credentials,
    open_channel,
)

if TYPE_CHECKING:
    from pathlib import Path

    from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

    from services.mesh.policies import Method
    from services.mesh.topology import Service

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("matrix")]

SERVICES = (ANALYSIS, ECHO, ADMIN)
METHODS = [(service, method) for service in SERVICES for method in policies.methods(service)]
# Everyone whom a contract names, whoever else has an identity, and one of whom no contract has ever heard.
CALLERS = sorted(
    {caller for _, method in METHODS for caller in method.callers}
    | {service.name for service in SERVICES}
    | {ENVOY, MESH, OPERATOR, "stranger"}
)
WORKLOADS = [caller for caller in CALLERS if caller != EDGE]


def test_the_matrix_has_both_kinds_of_cells() -> None:
    allowed = [caller in method.callers for _, method in METHODS for caller in CALLERS]
    assert len(allowed) == len(METHODS) * len(CALLERS)
    assert 0 < sum(allowed) < len(allowed)
    assert all(method.callers for _, method in METHODS), "a method that nobody may call is of no use"


@pytest.fixture(scope="module")
def envoy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    """Envoy, and behind it one backend for each service, which takes everything."""
    with alone(tmp_path_factory.mktemp("matrix") / "state", workloads=["healing", "stranger"]) as running:
        for service in SERVICES:
            running.publish(service.name, running.backend(service.name, f"{service.name}-0"))
        for service in SERVICES:
            running.wait_healthy(service.name, 1)
        yield running


def _ask(channel: grpc.Channel, path: str, **metadata: str) -> tuple[grpc.StatusCode, str, dict[str, Any]]:
    """Call with one empty message; the code, the message and the trailing metadata. Any shape answers to this."""
    call = channel.stream_stream(path)(iter([b""]), timeout=10, metadata=tuple(metadata.items()))  # type: ignore[arg-type]
    with suppress(grpc.RpcError):
        list(call)
    return call.code(), call.details(), dict(call.trailing_metadata())


def _reason(trailing: dict[str, Any]) -> error_details_pb2.ErrorInfo:
    status = status_pb2.Status.FromString(trailing["grpc-status-details-bin"])
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    return info


@pytest.mark.parametrize("caller", WORKLOADS)
def test_envoy_lets_a_workload_call_what_the_contracts_say(envoy: Alone, caller: str) -> None:
    with envoy.inner(caller) as channel:
        for service, method in METHODS:
            code, text, trailing = _ask(channel, method.path, **{"x-malha-caller": spiffe_id(EDGE)})
            where = f"{caller} calls {method.path}"
            if caller in method.callers:
                assert code is grpc.StatusCode.OK, f"{where}: {text}"
                assert trailing["served-by"] == f"{service.name}-0", where
                assert trailing["seen-caller"] == spiffe_id(caller), where
            else:
                assert code is grpc.StatusCode.PERMISSION_DENIED, where
                assert "served-by" not in trailing, where


def test_envoy_lets_everyone_outside_call_what_is_for_the_edge_and_knows_nothing_else(envoy: Alone) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{envoy.edge.plaintext_port}") as channel:
        for _, method in METHODS:
            code, _, trailing = _ask(channel, method.path, **{"x-malha-caller": spiffe_id(OPERATOR)})
            if EDGE in method.callers:
                assert (code, trailing["seen-caller"]) == (grpc.StatusCode.OK, spiffe_id(EDGE)), method.path
            else:
                assert code is grpc.StatusCode.UNIMPLEMENTED, method.path
                assert _reason(trailing).reason == "METHOD_NOT_FOUND"


def test_a_refused_workload_reads_who_it_is_and_why(envoy: Alone) -> None:
    before = envoy.stat("http.inner.rbac.denied")
    with envoy.inner(ANALYSIS.name) as channel:
        for path in ("/malha.mesh.v1.MeshService/GetTopology", "/no.Such/Method"):
            code, text, trailing = _ask(channel, path)
            info = _reason(trailing)
            assert (code, text) == (grpc.StatusCode.PERMISSION_DENIED, "analysis may not call this method")
            assert (info.reason, info.domain) == ("CALLER_NOT_ALLOWED", "malha.local")
            assert info.metadata["caller"] == "analysis"
    assert envoy.stat("http.inner.rbac.denied") == before + 2


NOW = datetime.now(UTC)
ECHO_ID = spiffe_id(ECHO.name)


@pytest.mark.parametrize(
    ("uris", "foreign", "begins"),
    [
        pytest.param(["spiffe://evil.example/echo"], False, 0.0, id="another trust domain"),
        pytest.param(["spiffe://malha.local.evil.example/echo"], False, 0.0, id="a longer trust domain"),
        pytest.param([], False, 0.0, id="no SPIFFE id"),
        pytest.param([ECHO_ID], True, 0.0, id="another authority"),
        pytest.param([ECHO_ID], False, -3600.0, id="expired"),
        pytest.param([ECHO_ID], False, 3600.0, id="not yet valid"),
        pytest.param(None, False, 0.0, id="no certificate"),
    ],
)
def test_a_wrong_certificate_ends_the_handshake(
    envoy: Alone, uris: list[str] | None, foreign: bool, begins: float
) -> None:
    authority = make_authority(NOW, 3600.0) if foreign else authority_of(envoy.root)
    forged = None if uris is None else forge(authority, uris, begins=begins)
    failures = f"listener.127.0.0.1_{envoy.edge.inner_port}.ssl.(fail_verify_.*|connection_error)"
    before = envoy.ask(f"/stats?filter={failures}")
    options = [("grpc.ssl_target_name_override", server_name(ENVOY)), ("grpc.use_local_subchannel_pool", 1)]
    address = f"127.0.0.1:{envoy.edge.inner_port}"
    with grpc.secure_channel(address, forged_credentials(envoy.root, forged), options) as channel:
        code, _, trailing = _ask(channel, METHODS[0][1].path)
    assert code is grpc.StatusCode.UNAVAILABLE
    assert "served-by" not in trailing
    assert envoy.ask(f"/stats?filter={failures}") != before, "a refused handshake is counted"


def _servicer(contract: ServiceDescriptor, module: Any) -> object:
    """An implementation of `contract` that answers everything with one empty message."""

    def answer(method: MethodDescriptor) -> Any:
        empty = GetMessageClass(method.output_type)

        async def one(self: Any, request: Any, context: Any) -> Any:
            return empty()

        async def stream(self: Any, request: Any, context: Any) -> AsyncIterator[Any]:
            yield empty()

        return stream if method.server_streaming else one

    methods = {method.name: answer(method) for method in contract.methods}
    return type("Empty", (getattr(module, f"{contract.name}Servicer"),), methods)()


def _build(service: Service, root: Path) -> Server:
    """The real server of a service with its real identity and contracts, and nothing behind them."""
    settings = RuntimeSettings(component=service.name, identity_dir=root / "identity" / service.name)
    builder = ServerBuilder(settings, telemetry=start_telemetry(settings))
    for name in service.contracts:
        stubs = importlib.import_module(f"{name}_grpc")
        for contract in importlib.import_module(name).DESCRIPTOR.services_by_name.values():
            builder.add(getattr(stubs, f"add_{contract.name}Servicer_to_server"), _servicer(contract, stubs))
    return builder.build()


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
async def test_a_server_lets_in_what_the_contracts_say_even_behind_a_careless_envoy(
    service: Service, tmp_path: Path
) -> None:
    make_identities(tmp_path)
    server = _build(service, tmp_path)
    await server.start()
    try:
        async with open_channel(server.address, mesh_credentials(tmp_path, ENVOY), service.name) as channel:
            for method in policies.methods(service):
                for caller in CALLERS:
                    reason = await _verdict(channel, method, caller)
                    wanted = "" if caller in method.callers else "CALLER_NOT_ALLOWED"
                    assert reason == wanted, f"{caller} calls {method.path}"
    finally:
        await server.stop(0)


async def _verdict(channel: grpc.aio.Channel, method: Method, caller: str, attempts: int = 3) -> str:
    """The reason for which a server refuses a caller; empty when it does not, whatever it says to the message."""
    call = channel.stream_stream(method.path)(
        iter([b""]), metadata=(("x-malha-caller", spiffe_id(caller)),), timeout=10
    )
    try:
        async for _ in call:
            pass
    except grpc.aio.AioRpcError as error:
        if error.details() == LOST and attempts > 1:
            return await _verdict(channel, method, caller, attempts - 1)
        if error.code() is grpc.StatusCode.PERMISSION_DENIED:
            return str(_reason(dict(error.trailing_metadata())).reason)
    return ""
