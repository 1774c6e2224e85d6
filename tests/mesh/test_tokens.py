"""The edge of a guarded mesh: the real Envoy with the rendered configuration, and behind it somebody who takes all."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import grpc
import httpx
import pytest
from google.rpc import error_details_pb2, status_pb2
from malha.identity.v1 import oauth_service_pb2 as pb

from services.mesh.topology import ECHO, Topology
from tests.support.envoy_process import Alone, alone
from tests.support.mesh_process import wait_until
from tests.support.token_corpus import CASES
from tests.support.tokens import IDENTITY, ISSUER, Issuer

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("tokens")]

GUARDED = Topology("guarded", (IDENTITY, ECHO), guarded=True)
ECHO_PATH = "/malha.testing.v1.EchoService/Echo"


def publish_keys(envoy: Alone, *issuers: Issuer) -> None:
    """Let the service of the issuer tell these keys."""
    answer = pb.GetJsonWebKeySetResponse(keys=[issuer.jwk() for issuer in issuers])
    (envoy.root / "answers" / "GetJsonWebKeySet").write_bytes(answer.SerializeToString())


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture(scope="module")
def envoy(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> Iterator[Alone]:
    """Envoy, the issuer's service, and an echo that answers everything."""
    with alone(tmp_path_factory.mktemp("tokens") / "state", topology=GUARDED, issuer=ISSUER) as running:
        publish_keys(running, issuer)
        for service in GUARDED.services:
            running.publish(service.name, running.backend(service.name, f"{service.name}-0"))
        for service in GUARDED.services:
            running.wait_healthy(service.name, 1)
        with grpc.insecure_channel(f"127.0.0.1:{running.edge.plaintext_port}") as channel:
            good = [f"Bearer {issuer.token('testing.echo.call')}"]
            wait_until(lambda: by_grpc(channel, ECHO_PATH, good) == "", 10, "Envoy has the keys")
        yield running


@pytest.fixture(scope="module")
def channel(envoy: Alone) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(f"127.0.0.1:{envoy.edge.plaintext_port}") as channel:
        yield channel


@pytest.fixture(scope="module")
def web(envoy: Alone) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{envoy.edge.plaintext_port}", timeout=10) as client:
        yield client


def by_grpc(channel: grpc.Channel, path: str, values: list[str]) -> str:
    """Why a call by gRPC is refused; empty when it is not."""
    metadata = tuple(("authorization", value) for value in values)
    begin: Any = channel.stream_stream(path)
    call = begin(iter([b""]), timeout=10, metadata=metadata)
    with suppress(grpc.RpcError):
        list(call)
    if call.code() is grpc.StatusCode.OK:
        return ""
    status = status_pb2.Status.FromString(dict(call.trailing_metadata())["grpc-status-details-bin"])
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    assert (status.code, status.message) == (call.code().value[0], call.details())
    return str(info.reason)


def by_rest(web: httpx.Client, values: list[str], path: str = "/v1/echo") -> str:
    """The same by REST."""
    answer = web.post(path, json={}, headers=[("authorization", value) for value in values])
    if answer.status_code == 200:
        return ""
    error: dict[str, Any] = answer.json()["error"]
    assert error["code"] == answer.status_code
    reason: str = error["details"][0]["reason"]
    return reason


def differences(found: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Where the edge decided otherwise than the corpus says: what it did, and what it should have done."""
    return {case.name: (found[case.name], case.at_edge) for case in CASES if found[case.name] != case.at_edge}


def test_every_case_of_the_corpus_has_its_verdict_over_grpc(
    envoy: Alone, issuer: Issuer, channel: grpc.Channel
) -> None:
    found = {case.name: by_grpc(channel, ECHO_PATH, case.values(issuer)) for case in CASES}
    assert differences(found) == {}


def test_every_case_of_the_corpus_has_its_verdict_over_rest(issuer: Issuer, web: httpx.Client) -> None:
    found = {case.name: by_rest(web, case.values(issuer)) for case in CASES}
    assert differences(found) == {}
