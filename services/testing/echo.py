"""The EchoService: answers with what it was sent, and misbehaves on request."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
from malha.error.v1.reason_pb2 import Reason
from malha.testing.v1 import echo_service_pb2 as pb
from malha.testing.v1 import echo_service_pb2_grpc as pb_grpc

from services.runtime.errors import DomainError, ErrorMap, ErrorRule

_CODES = {code.value[0]: code for code in grpc.StatusCode}


class AskedToFail(DomainError):
    """The request asked for this failure."""


# One class for each code, since a rule belongs to a class.
_FAILURES = {number: type(f"AskedFor{code.name}", (AskedToFail,), {}) for number, code in _CODES.items() if number}

ERRORS = ErrorMap(
    {
        kind: ErrorRule(
            code=_CODES[number],
            reason=Reason.REASON_INTERNAL,
            message=lambda _: "the request asked for this failure",
        )
        for number, kind in _FAILURES.items()
    }
)


class EchoServicer(pb_grpc.EchoServiceServicer):
    """All four call shapes, each in its simplest form."""

    async def Echo(self, request: pb.EchoRequest, context: Any) -> pb.EchoResponse:
        """Answers with the message."""
        if request.HasField("behaviour"):
            await _behave(request.behaviour, request.message)
        return pb.EchoResponse(message=request.message)

    async def Repeat(self, request: pb.RepeatRequest, context: Any) -> AsyncIterator[pb.RepeatResponse]:
        """Answers `count` times; misbehaves after `behaviour.after` answers."""
        for index in range(request.count):
            if request.HasField("behaviour") and index == request.behaviour.after:
                await _behave(request.behaviour, request.message)
            yield pb.RepeatResponse(message=request.message, index=index)
        if request.HasField("behaviour") and request.behaviour.after >= request.count:
            await _behave(request.behaviour, request.message)

    async def Collect(self, request_iterator: AsyncIterator[pb.CollectRequest], context: Any) -> pb.CollectResponse:
        """Joins all messages."""
        parts: list[str] = []
        async for request in request_iterator:
            await _behave(request.behaviour, request.message)
            parts.append(request.message)
        return pb.CollectResponse(message="".join(parts))

    async def Chat(
        self, request_iterator: AsyncIterator[pb.ChatRequest], context: Any
    ) -> AsyncIterator[pb.ChatResponse]:
        """Answers each message as it comes."""
        async for request in request_iterator:
            await _behave(request.behaviour, request.message)
            yield pb.ChatResponse(message=request.message)


async def _behave(behaviour: pb.Behaviour, message: str) -> None:
    if behaviour.HasField("delay"):
        await asyncio.sleep(behaviour.delay.ToTimedelta().total_seconds())
    if behaviour.crash:
        raise RuntimeError(message)
    if behaviour.fail_code:
        raise _FAILURES[behaviour.fail_code]
