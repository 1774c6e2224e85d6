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


def test_a_rest_caller_reads_why_in_the_one_shape_and_what_would_let_him_in(web: httpx.Client, issuer: Issuer) -> None:
    lacking = f"Bearer {issuer.token('testing.counters.read')}"
    cases = [
        (None, 401, "UNAUTHENTICATED", "TOKEN_REQUIRED", "Bearer"),
        ("Bearer x.y.z", 401, "UNAUTHENTICATED", "TOKEN_INVALID", 'error="invalid_token"'),
        (lacking, 403, "PERMISSION_DENIED", "PERMISSION_MISSING", 'scope="testing.echo.call"'),
    ]
    for header, code, status, reason, challenge in cases:
        answer = web.post("/v1/echo", json={}, headers={"authorization": header} if header else {})
        assert (answer.status_code, answer.headers["content-type"]) == (code, "application/json")
        assert challenge in answer.headers["www-authenticate"]
        error = answer.json()["error"]
        (info,) = error["details"]
        assert (error["code"], error["status"], info["reason"], info["domain"]) == (code, status, reason, "malha.local")
        assert info["metadata"]["request_id"] == answer.headers["x-request-id"]
    assert info["metadata"]["permission"] == "testing.echo.call"
    assert error["message"] == "the access token does not hold testing.echo.call"


def test_a_grpc_caller_reads_the_permission_he_lacks(channel: grpc.Channel, issuer: Issuer) -> None:
    begin: Any = channel.unary_unary(ECHO_PATH)
    with pytest.raises(grpc.RpcError) as caught:
        begin(b"", timeout=10, metadata=(("authorization", f"Bearer {issuer.token()}"),))
    error: Any = caught.value
    trailing = dict(error.trailing_metadata())
    info = error_details_pb2.ErrorInfo()
    assert status_pb2.Status.FromString(trailing["grpc-status-details-bin"]).details[0].Unpack(info)
    assert (error.code(), info.metadata["permission"]) == (grpc.StatusCode.PERMISSION_DENIED, "testing.echo.call")
    assert trailing["www-authenticate"] == 'Bearer error="insufficient_scope", scope="testing.echo.call"'


def test_grpc_web_is_told_alike(web: httpx.Client, issuer: Issuer) -> None:
    for header, status in ((None, "16"), ("Bearer x.y.z", "16"), (f"Bearer {issuer.token()}", "7")):
        headers = {"content-type": "application/grpc-web+proto", **({"authorization": header} if header else {})}
        answer = web.post(ECHO_PATH, content=b"\0\0\0\0\0", headers=headers)
        assert answer.headers["grpc-status"] == status
        assert "grpc-status-details-bin" in answer.headers


SPELLINGS = (
    "/V1/echo", "/v1//echo", "/v1/./echo", "/v1/x/../echo", "/v1/echo/", "/v1%2fecho", "//v1/echo", "/v1/echo;x=1",
    "/v1/echo?a=b", ECHO_PATH, f"/{ECHO_PATH}", ECHO_PATH.upper(), f"{ECHO_PATH}/",
)  # fmt: skip


@pytest.mark.parametrize("path", SPELLINGS)
def test_no_spelling_of_a_path_is_a_way_around(web: httpx.Client, path: str) -> None:
    for content_type in ("application/json", "application/grpc", "application/grpc-web+proto", "text/plain"):
        answer = web.post(path, content=b"{}", headers={"content-type": content_type})
        assert answer.status_code >= 400 or answer.headers.get("grpc-status", "0") != "0"


def test_what_only_the_mesh_may_say_is_not_taken_from_a_caller(channel: grpc.Channel, issuer: Issuer) -> None:
    own = ("x-malha-caller", "x-malha-principal", "x-malha-tenant", "x-forwarded-client-cert", "x-envoy-original-path")
    begin: Any = channel.unary_unary(ECHO_PATH).with_call
    metadata = (("authorization", f"Bearer {issuer.token('testing.echo.call')}"), *((name, "forged") for name in own))
    _, call = begin(b"", timeout=10, metadata=metadata)
    trailing = dict(call.trailing_metadata())
    assert trailing["seen-caller"] == "spiffe://malha.local/edge"
    seen = set(str(trailing["seen-headers"]).split(","))
    assert seen & {"authorization", *own} == {"authorization", "x-malha-caller"}


@pytest.fixture(scope="module")
def lonely(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    """A production edge whose issuer is not there."""
    root = tmp_path_factory.mktemp("lonely") / "state"
    with alone(root, topology=GUARDED, issuer=ISSUER, production=True) as running:
        running.publish("echo", running.backend("echo", "echo-0"))
        running.wait_healthy("echo", 1)
        yield running


def test_without_keys_no_token_is_believed_and_the_caller_may_try_again(lonely: Alone, issuer: Issuer) -> None:
    token = f"Bearer {issuer.token('testing.echo.call')}"
    address = f"127.0.0.1:{lonely.edge.plaintext_port}"
    with grpc.insecure_channel(address) as channel, httpx.Client(base_url=f"http://{address}", timeout=10) as web:
        assert by_grpc(channel, ECHO_PATH, [token]) == "TOKEN_KEYS_UNAVAILABLE"
        answer = web.post("/v1/echo", json={}, headers={"authorization": token})
        assert answer.status_code == 503
        info, retry = answer.json()["error"]["details"]
        assert (info["reason"], retry["@type"]) == (
            "TOKEN_KEYS_UNAVAILABLE",
            "type.googleapis.com/google.rpc.RetryInfo",
        )
        assert by_grpc(channel, ECHO_PATH, []) == "TOKEN_REQUIRED"


def test_in_production_nobody_looks_around_without_a_token(
    lonely: Alone, channel: grpc.Channel, issuer: Issuer
) -> None:
    reflection = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
    with grpc.insecure_channel(f"127.0.0.1:{lonely.edge.plaintext_port}") as production:
        assert by_grpc(production, reflection, []) == "TOKEN_REQUIRED"
    begin: Any = channel.stream_stream(reflection)
    call = begin(iter([]), timeout=10)
    with suppress(grpc.RpcError):
        list(call)
    assert call.code() is not grpc.StatusCode.UNAUTHENTICATED, "in development everybody may"


def test_new_keys_reach_the_edge_by_themselves(envoy: Alone, channel: grpc.Channel, issuer: Issuer) -> None:
    fresh = Issuer(kid="key-2")
    publish_keys(envoy, issuer, fresh)
    values = [f"Bearer {fresh.token('testing.echo.call')}"]
    wait_until(lambda: by_grpc(channel, ECHO_PATH, values) == "", 45, "Envoy has the new key")
    assert by_grpc(channel, ECHO_PATH, [f"Bearer {issuer.token('testing.echo.call')}"]) == ""
