"""Every failure a REST caller can meet has the one shape of AIP-193, whoever made it."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import grpc
import httpx
import pytest
from malha.testing.v1 import echo_service_pb2 as pb
from malha.testing.v1 import echo_service_pb2_grpc as rpc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.mesh.conftest import RunningMesh

pytestmark = pytest.mark.e2e

CASES = {
    "an error of the service": ("POST", "/v1/echo", '{"message":"x","behaviour":{"failCode":5}}', 404, "NOT_FOUND"),
    "a crash of the service": ("POST", "/v1/echo", '{"behaviour":{"crash":true}}', 500, "INTERNAL"),
    "a stream's error before its first message": (
        "POST", "/v1/echo:repeat", '{"message":"x","count":2,"behaviour":{"failCode":9}}', 400, "FAILED_PRECONDITION",
    ),
    "a broken rule of the contract": ("POST", "/v1/echo:repeat", '{"count":10001}', 400, "INVALID_ARGUMENT"),
    "broken JSON": ("POST", "/v1/echo", '{"mess', 400, "INVALID_ARGUMENT"),
    "a wrong type": ("POST", "/v1/echo", '{"message":[1]}', 400, "INVALID_ARGUMENT"),
    "an unknown query parameter": ("POST", "/v1/echo?foo=1", "{}", 400, "INVALID_ARGUMENT"),
    "an unknown path": ("GET", "/v1/nothing", None, 404, "NOT_FOUND"),
    "a wrong verb": ("DELETE", "/v1/echo", None, 404, "NOT_FOUND"),
    "an escaped slash": ("GET", "/v1%2fecho", None, 400, "INVALID_ARGUMENT"),
    "a header with an underscore": ("GET", "/v1/echo#underscore", None, 400, "INVALID_ARGUMENT"),
    "too large headers": ("GET", "/v1/echo#large", None, 431, "RESOURCE_EXHAUSTED"),
    "a call beyond its time": ("POST", "/v1/echo", '{"behaviour":{"delay":"9s"}}', 504, "DEADLINE_EXCEEDED"),
}  # fmt: skip


@pytest.fixture(scope="module")
def web(mesh: RunningMesh) -> Iterator[httpx.Client]:
    trust = ssl.create_default_context(cafile=str(mesh.ca_file))
    with httpx.Client(base_url=f"https://localhost:{mesh.edge_port}", verify=trust, timeout=20) as client:
        yield client


@pytest.mark.parametrize("case", CASES)
def test_failure_has_the_one_shape(web: httpx.Client, case: str) -> None:
    verb, path, body, code, status = CASES[case]
    path, _, trick = path.partition("#")
    extra = {"": {}, "underscore": {"a_b": "1"}, "large": {"x": "a" * 20_000}}[trick]
    answer = web.request(verb, path, content=body, headers={"content-type": "application/json", **extra})
    assert answer.status_code == code, answer.text
    assert answer.headers["content-type"] == "application/json"
    document: dict[str, Any] = answer.json()
    assert document.keys() == {"error"}
    error = document["error"]
    assert error.keys() == {"code", "message", "status", "details"}
    assert (error["code"], error["status"]) == (code, status)
    assert error["message"]
    (info,) = [d for d in error["details"] if d["@type"].endswith("google.rpc.ErrorInfo")]
    assert info["domain"] == "malha.local"
    assert info["reason"]


def test_no_service_left_is_unavailable_for_an_unknown_grpc_method_unimplemented(mesh: RunningMesh) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{mesh.plaintext_port}") as channel:
        for path in ("/no.Such/Method", "/malha.testing.v1.EchoService/None", "/grpc.reflection.v9.X/Y"):
            with pytest.raises(grpc.RpcError) as caught:
                channel.unary_unary(path)(b"", timeout=5)  # type: ignore[arg-type]
            assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_a_message_beyond_the_services_limit_says_so(web: httpx.Client) -> None:
    answer = web.post("/v1/echo", json={"message": "a" * 12_000_000})
    assert answer.status_code == 429
    (info,) = answer.json()["error"]["details"]
    assert info["reason"] == "MESSAGE_TOO_LARGE"


def test_a_stream_comes_as_lines(web: httpx.Client) -> None:
    answer = web.post("/v1/echo:repeat", json={"message": "x", "count": 3})
    assert [line for line in answer.text.splitlines() if line] == [
        '{"message":"x"}', '{"message":"x","index":1}', '{"message":"x","index":2}',
    ]  # fmt: skip


def test_a_page_of_an_allowed_origin_may_call(web: httpx.Client) -> None:
    ask = {"access-control-request-method": "POST"}
    allowed = web.options("/v1/echo", headers={"origin": "http://localhost:3000", **ask})
    refused = web.options("/v1/echo", headers={"origin": "https://evil.example", **ask})
    assert allowed.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert "access-control-allow-origin" not in refused.headers


def test_a_large_answer_is_compressed_when_asked_for(web: httpx.Client) -> None:
    answer = web.post("/v1/echo", json={"message": "a" * 5000}, headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.json() == {"message": "a" * 5000}


def test_grpc_web_is_understood(web: httpx.Client) -> None:
    message = pb.EchoRequest(message="web").SerializeToString()
    frame = b"\x00" + len(message).to_bytes(4, "big") + message
    path = "/malha.testing.v1.EchoService/Echo"
    answer = web.post(path, content=frame, headers={"content-type": "application/grpc-web+proto"})
    assert answer.status_code == 200
    assert message in answer.content
    assert b"grpc-status:0" in answer.content


def test_tls_and_plaintext_listener_answer_alike(mesh: RunningMesh) -> None:
    trust = grpc.ssl_channel_credentials(mesh.ca_file.read_bytes())
    with (
        grpc.secure_channel(f"localhost:{mesh.edge_port}", trust) as secure,
        grpc.insecure_channel(f"127.0.0.1:{mesh.plaintext_port}") as plain,
    ):
        for channel in (secure, plain):
            assert rpc.EchoServiceStub(channel).Echo(pb.EchoRequest(message="hi"), timeout=5).message == "hi"
