"""Every failure a REST caller can meet has the one shape of AIP-193, whoever made it."""

from __future__ import annotations

import itertools
import json
import ssl
from typing import TYPE_CHECKING, Any

import grpc
import httpx
import pytest
from google.rpc import code_pb2, error_details_pb2, status_pb2
from malha.testing.v1 import echo_service_pb2 as pb
from malha.testing.v1 import echo_service_pb2_grpc as rpc

from tests.mesh.conftest import eventually

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


GRPC_PATHS = ("/malha.testing.v1.EchoService/Echo", "/grpc.health.v1.Health/Check")
NOT_GRPC: tuple[tuple[str, str | None, int], ...] = (
    ("POST", "application/json", 415), ("POST", "text/plain", 415), ("POST", None, 415),
    ("GET", None, 405), ("OPTIONS", None, 404), ("GET", "application/grpc", 405), ("PUT", "application/json", 405),
)  # fmt: skip


def test_what_is_no_grpc_call_ends_at_the_edge(mesh: RunningMesh, web: httpx.Client) -> None:
    ids = set()
    for path, (verb, content_type, code) in itertools.product(GRPC_PATHS, NOT_GRPC):
        headers = {"content-type": content_type} if content_type else {}
        answer = web.request(verb, path, content=b"{}" if verb != "GET" else None, headers=headers)
        ids.add(answer.headers["x-request-id"])
        if content_type == "application/grpc":
            assert answer.headers["grpc-status"] != "0"
            continue
        assert answer.status_code == code
        error = answer.json()["error"]
        assert error["code"] == code
        assert code == 404 or "gRPC" in error["message"]
        assert answer.headers.get("allow") == ("POST" if code == 405 else None)
    lines: list[dict[str, Any]] = []

    def written() -> bool:
        log = (mesh.state / "logs" / "edge-access.log").read_text().splitlines()
        lines[:] = [line for line in map(json.loads, log) if line["request_id"] in ids]
        return len(lines) == len(ids)

    eventually(written, 15)  # Envoy writes its log at least every ten seconds
    assert {(line["upstream"], line["attempts"]) for line in lines} == {(None, 0)}


def test_no_service_left_is_unavailable_for_an_unknown_grpc_method_unimplemented(mesh: RunningMesh) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{mesh.plaintext_port}") as channel:
        for path in ("/no.Such/Method", "/malha.testing.v1.EchoService/None", "/grpc.reflection.v9.X/Y"):
            with pytest.raises(grpc.RpcError) as caught:
                channel.unary_unary(path)(b"", timeout=5)  # type: ignore[arg-type]
            failed: Any = caught.value
            assert failed.code() is grpc.StatusCode.UNIMPLEMENTED
            status = status_pb2.Status.FromString(dict(failed.trailing_metadata())["grpc-status-details-bin"])
            info = error_details_pb2.ErrorInfo()
            assert status.code == code_pb2.UNIMPLEMENTED
            assert status.details[0].Unpack(info)
            assert (info.reason, info.domain) == ("METHOD_NOT_FOUND", "malha.local")


def test_a_message_beyond_the_services_limit_says_so(web: httpx.Client) -> None:
    answer = web.post("/v1/echo", json={"message": "a" * 6_000_000})
    assert answer.status_code == 429
    error = answer.json()["error"]
    (info,) = error["details"]
    assert info["reason"] == "MESSAGE_TOO_LARGE"
    assert info["metadata"]["request_id"] == answer.headers["x-request-id"]
    assert error["message"] == "the request is larger than the method allows"


def test_a_body_beyond_what_any_method_takes_ends_at_the_edge(web: httpx.Client) -> None:
    answer = web.post("/v1/echo", json={"message": "a" * 12_000_000})
    assert answer.status_code == 413
    error = answer.json()["error"]
    (info,) = error["details"]
    assert (error["status"], info["reason"]) == ("RESOURCE_EXHAUSTED", "MESSAGE_TOO_LARGE")
    assert info["metadata"]["request_id"] == answer.headers["x-request-id"]


def test_a_stream_comes_as_lines(web: httpx.Client) -> None:
    answer = web.post("/v1/echo:repeat", json={"message": "x", "count": 3})
    assert [line for line in answer.text.splitlines() if line] == [
        '{"message":"x"}', '{"message":"x","index":1}', '{"message":"x","index":2}',
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["/v1/echo", GRPC_PATHS[0]])
def test_a_page_of_an_allowed_origin_may_call(web: httpx.Client, path: str) -> None:
    ask = {"access-control-request-method": "POST"}
    allowed = web.options(path, headers={"origin": "http://localhost:3000", **ask})
    refused = web.options(path, headers={"origin": "https://evil.example", **ask})
    assert allowed.status_code == 200
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
