"""A stream that is cut off is taken up where it ended, by the blocking and the asyncio client."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent import futures
from typing import Any

import grpc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from malha.aio import streams as aio_streams
from malha.streams import ATTEMPTS, resumed
from malha.testing.v1 import echo_service_pb2 as pb
from malha.testing.v1.echo_service_pb2_grpc import (
    EchoServiceServicer,
    EchoServiceStub,
    add_EchoServiceServicer_to_server,
)

SERVICE = pb.DESCRIPTOR.services_by_name["EchoService"]
REPEAT = SERVICE.methods_by_name["Repeat"]


class Brittle(EchoServiceServicer):
    """Ends each call after as many messages as the next of `ends` says, as if its process had died."""

    def __init__(self) -> None:
        self.ends: list[int] = []
        self.code = grpc.StatusCode.INTERNAL
        self.calls = 0
        self._lock = threading.Lock()

    def Repeat(self, request: pb.RepeatRequest, context: Any) -> Iterator[pb.RepeatResponse]:
        with self._lock:
            self.calls += 1
            end = self.ends.pop(0) if self.ends else request.count
        for index in range(min(end, request.count)):
            yield pb.RepeatResponse(index=index)
        if end < request.count:
            context.abort(self.code, "stream terminated")


@pytest.fixture(scope="module")
def brittle() -> Iterator[tuple[Brittle, str]]:
    servicer = Brittle()
    server = grpc.server(futures.ThreadPoolExecutor(4))
    add_EchoServiceServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield servicer, f"127.0.0.1:{port}"
    server.stop(None)


def _indices(address: str, count: int) -> list[int]:
    with grpc.insecure_channel(address) as channel:
        stub = EchoServiceStub(channel)
        return [answer.index for answer in resumed(stub.Repeat, REPEAT, pb.RepeatRequest(count=count))]


@given(st.integers(1, 12), st.lists(st.integers(1, 12), max_size=ATTEMPTS - 1))
@settings(max_examples=40, deadline=None)
def test_each_message_comes_once_and_in_order(brittle: tuple[Brittle, str], count: int, ends: list[int]) -> None:
    servicer, address = brittle
    servicer.ends = list(ends)
    assert _indices(address, count) == list(range(count))


async def test_so_it_does_by_asyncio(brittle: tuple[Brittle, str]) -> None:
    servicer, address = brittle
    servicer.ends = [1, 3, 2]
    async with grpc.aio.insecure_channel(address) as channel:
        call: Any = EchoServiceStub(channel).Repeat
        found = [answer.index async for answer in aio_streams.resumed(call, REPEAT, pb.RepeatRequest(count=5))]
    assert found == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("ends", "code", "calls"),
    [
        ([0], grpc.StatusCode.INTERNAL, 1),
        ([2], grpc.StatusCode.PERMISSION_DENIED, 1),
        ([1] * 9, grpc.StatusCode.UNAVAILABLE, ATTEMPTS),
    ],
    ids=["before it began", "for a reason", "again and again"],
)
def test_what_is_no_cut_on_the_way_is_told(
    brittle: tuple[Brittle, str], ends: list[int], code: grpc.StatusCode, calls: int
) -> None:
    servicer, address = brittle
    servicer.ends, servicer.code, servicer.calls = ends, code, 0
    try:
        with pytest.raises(grpc.RpcError) as refused:
            _indices(address, 5)
    finally:
        servicer.ends, servicer.code = [], grpc.StatusCode.INTERNAL
    assert refused.value.code() is code
    assert servicer.calls == calls


def test_only_methods_whose_contract_says_so_are_resumed() -> None:
    with grpc.insecure_channel("127.0.0.1:1") as channel, pytest.raises(ValueError, match="Chat"):
        next(resumed(EchoServiceStub(channel).Chat, SERVICE.methods_by_name["Chat"], iter(())))
