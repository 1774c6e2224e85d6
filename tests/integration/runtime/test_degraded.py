"""What an answer lacks is told in a header and in a trailer, and such an answer is not kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from malha.testing.v1 import echo_service_pb2 as pb

from services.runtime.call import current
from services.testing.echo import EchoServicer
from tests.integration.runtime.calls import SHAPES, request_of, start_call

if TYPE_CHECKING:
    from tests.integration.runtime.conftest import Start

KEY = "x-malha-degraded"


class Poor(EchoServicer):
    """Lacks two things at first, one of them twice, and nothing from the second cached answer on."""

    answers = 0

    async def Echo(self, request: pb.EchoRequest, context: Any) -> pb.EchoResponse:
        self._lack()
        return await super().Echo(request, context)

    async def Repeat(self, request: pb.RepeatRequest, context: Any) -> AsyncIterator[pb.RepeatResponse]:
        self._lack()
        async for answer in super().Repeat(request, context):
            yield answer

    async def Collect(self, request_iterator: AsyncIterator[pb.CollectRequest], context: Any) -> pb.CollectResponse:
        self._lack()
        return await super().Collect(request_iterator, context)

    async def Chat(
        self, request_iterator: AsyncIterator[pb.ChatRequest], context: Any
    ) -> AsyncIterator[pb.ChatResponse]:
        async for answer in super().Chat(request_iterator, context):
            self._lack()
            yield answer

    async def EchoCached(self, request: pb.EchoCachedRequest, context: Any) -> pb.EchoCachedResponse:
        self.answers += 1
        if self.answers == 1:
            self._lack()
        return await super().EchoCached(request, context)

    @staticmethod
    def _lack() -> None:
        for what in ("storage", "prices", "storage"):
            current().lacks(what)


@pytest.mark.parametrize("shape", SHAPES)
async def test_the_caller_is_told_in_every_shape(start: Start, shape: str) -> None:
    running = await start(Poor())
    call = start_call(running.stub, shape, request_of(shape))
    if shape in ("Repeat", "Chat"):
        assert [answer.message async for answer in call] == ["hello"]
    else:
        assert (await call).message == "hello"
        assert dict(await call.initial_metadata())[KEY] == "storage, prices"
    assert dict(await call.trailing_metadata())[KEY] == "storage, prices"
    assert await call.code() is grpc.StatusCode.OK


@pytest.mark.parametrize("shape", SHAPES)
async def test_a_whole_answer_says_nothing(start: Start, shape: str) -> None:
    running = await start()
    call = start_call(running.stub, shape, request_of(shape))
    if shape in ("Repeat", "Chat"):
        assert [answer.message async for answer in call] == ["hello"]
    assert await call.code() is grpc.StatusCode.OK
    assert KEY not in dict(await call.trailing_metadata())
    assert KEY not in dict(await call.initial_metadata())


async def test_a_degraded_answer_is_not_kept(start: Start) -> None:
    running = await start(Poor())
    degraded = []
    for _ in range(3):
        call = running.stub.EchoCached(pb.EchoCachedRequest(message="x"))
        await call
        trailers, headers = dict(await call.trailing_metadata()), dict(await call.initial_metadata())
        assert trailers.get(KEY) == headers.get(KEY)
        degraded.append(trailers.get(KEY))
    assert degraded == ["storage, prices", None, None]
