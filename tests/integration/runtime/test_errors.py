"""Errors reach the caller with status, reason and request id, and with nothing else, in all four call shapes."""

import uuid

import grpc
import pytest
from google.rpc import error_details_pb2

from tests.integration.runtime.calls import SHAPES, call, call_raw, request_of
from tests.integration.runtime.conftest import Running
from tests.support.waiting import eventually

SECRET = "canary-6f1c0e"
pytestmark = pytest.mark.parametrize("shape", SHAPES)


async def test_a_good_call_carries_its_request_id_in_the_trailers(running: Running, shape: str) -> None:
    outcome = await call(running.stub, shape, request_of(shape), metadata=(("x-request-id", "mine-1"),))
    assert outcome.code is grpc.StatusCode.OK
    assert outcome.messages == ["hello"]
    assert outcome.trailers["x-request-id"] == "mine-1"


async def test_a_request_id_of_odd_characters_is_replaced(running: Running, shape: str) -> None:
    outcome = await call(running.stub, shape, request_of(shape), metadata=(("x-request-id", "a b{}"),))
    assert uuid.UUID(str(outcome.trailers["x-request-id"])).version == 4


@pytest.mark.parametrize("good", [0, 1])
async def test_an_exception_tells_the_caller_nothing(running: Running, shape: str, good: int) -> None:
    """Also after the first message of a stream."""
    requests = [request_of(shape) for _ in range(good)] if shape in ("Collect", "Chat") else []
    outcome = await call(running.stub, shape, *requests, request_of(shape, SECRET, good=good, crash=True))
    assert outcome.code is grpc.StatusCode.INTERNAL
    assert outcome.info.reason == "INTERNAL"
    assert outcome.info.domain == "malha.local"
    assert outcome.info.metadata["request_id"] == outcome.trailers["x-request-id"]
    assert SECRET not in outcome.text
    assert SECRET.encode() not in b"".join(str(value).encode() for value in outcome.trailers.values())
    if good and shape in ("Repeat", "Chat"):
        assert len(outcome.messages) == 1


@pytest.mark.parametrize("code", [grpc.StatusCode.NOT_FOUND, grpc.StatusCode.ABORTED, grpc.StatusCode.DATA_LOSS])
async def test_a_known_failure_keeps_its_code(running: Running, shape: str, code: grpc.StatusCode) -> None:
    outcome = await call(running.stub, shape, request_of(shape, fail_code=code.value[0]))
    assert outcome.code is code
    assert outcome.text == "the request asked for this failure"


async def test_bytes_that_are_no_message_are_malformed(running: Running, shape: str) -> None:
    outcome = await call_raw(running.channel, shape, b"\xff\xff\xff\xff")
    assert outcome.code is grpc.StatusCode.INVALID_ARGUMENT
    assert outcome.info.reason == "MALFORMED_REQUEST"


async def test_text_that_is_not_utf8_is_malformed(running: Running, shape: str) -> None:
    outcome = await call_raw(running.channel, shape, b"\x0a\x02\xc3\x28")
    assert outcome.info.reason == "MALFORMED_REQUEST"


async def test_a_broken_rule_of_the_contract_is_named(running: Running, shape: str) -> None:
    request = request_of(shape, "x" * 65_537)
    request.behaviour.fail_code = 99
    outcome = await call(running.stub, shape, request)
    assert outcome.code is grpc.StatusCode.INVALID_ARGUMENT
    assert outcome.info.reason == "VALIDATION_FAILED"
    violations = outcome.detail(error_details_pb2.BadRequest).field_violations
    assert {v.field for v in violations} == {"message", "behaviour.fail_code"}
    assert all(v.description for v in violations)


async def test_a_rule_broken_late_in_a_stream_is_named_too(running: Running, shape: str) -> None:
    first = [request_of(shape)] if shape in ("Collect", "Chat") else []
    outcome = await call(running.stub, shape, *first, request_of(shape, "x" * 65_537))
    assert outcome.info.reason == "VALIDATION_FAILED"


@pytest.mark.parametrize("size", [4 * 1024 * 1024, 4 * 1024 * 1024 + 500_000])
async def test_a_message_beyond_the_policys_limit_is_refused(running: Running, shape: str, size: int) -> None:
    outcome = await call(running.stub, shape, request_of(shape, "x" * size))
    assert outcome.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert outcome.info.reason == "MESSAGE_TOO_LARGE"


async def test_a_message_beyond_all_limits_is_refused_by_the_core(running: Running, shape: str) -> None:
    outcome = await call(running.stub, shape, request_of(shape, "x" * 6 * 1024 * 1024))
    assert outcome.code is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_a_compressed_bomb_is_refused(running: Running, shape: str) -> None:
    outcome = await call(
        running.stub, shape, request_of(shape, "\0" * 32 * 1024 * 1024), compression=grpc.Compression.Gzip
    )
    assert outcome.code is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_every_outcome_is_counted_once(running: Running, shape: str) -> None:
    await call(running.stub, shape, request_of(shape))
    await call(running.stub, shape, request_of(shape, crash=True))
    # The caller may have heard before the call has ended here.
    await eventually(lambda: running.figure("grpc_server_running") == 0)
    kind = {"Echo": "unary", "Repeat": "server_stream", "Collect": "client_stream", "Chat": "bidi_stream"}[shape]
    labels = {"grpc_type": kind, "grpc_service": "malha.testing.v1.EchoService", "grpc_method": shape, "caller": ""}
    assert running.figure("grpc_server_handled_total", **labels, grpc_code="OK") == 1
    assert running.figure("grpc_server_handled_total", **labels, grpc_code="INTERNAL") == 1
    assert running.figure("grpc_server_handling_seconds_count", **labels) == 2
