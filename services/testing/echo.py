"""The EchoService: answers with what it was sent, tells how it was reached, and misbehaves on request."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from malha.testing.v1 import echo_service_pb2 as pb
from malha.testing.v1 import echo_service_pb2_grpc as pb_grpc

from services.runtime.settings import RuntimeSettings
from services.testing.behaviour import behave
from services.testing.relay import Relay, describe

Now = Callable[[], Awaitable[datetime]]


async def system_now() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)


class EchoServicer(pb_grpc.EchoServiceServicer):
    """All four call shapes, each in its simplest form, and the calls that show the mesh at work.

    `now` is asked for each answer that may be cached; `relay` calls the next hop.
    """

    def __init__(
        self, settings: RuntimeSettings | None = None, *, now: Now = system_now, relay: Relay | None = None
    ) -> None:
        self._settings = settings or RuntimeSettings()
        self._now = now
        self._relay = relay or Relay(self._settings)

    async def Echo(self, request: pb.EchoRequest, context: Any) -> pb.EchoResponse:
        """Answers with the message."""
        if request.HasField("behaviour"):
            await behave(request.behaviour, request.message)
        return pb.EchoResponse(message=request.message)

    async def DescribeCall(self, request: pb.DescribeCallRequest, context: Any) -> pb.DescribeCallResponse:
        """Tells how the call arrived."""
        if request.HasField("behaviour"):
            await behave(request.behaviour, "")
        return describe(self._settings)

    async def Relay(self, request: pb.RelayRequest, context: Any) -> pb.RelayResponse:
        """Calls the next hop and puts what this one saw before what it answers."""
        here = describe(self._settings)
        return pb.RelayResponse(hops=[here, *await self._relay.next(request)])

    async def EchoCached(self, request: pb.EchoCachedRequest, context: Any) -> pb.EchoCachedResponse:
        """Answers with the message and the time it is."""
        answer = pb.EchoCachedResponse(message=request.message)
        answer.make_time.FromDatetime(await self._now())
        return answer

    async def Repeat(self, request: pb.RepeatRequest, context: Any) -> AsyncIterator[pb.RepeatResponse]:
        """Answers `count` times; misbehaves after `behaviour.after` answers."""
        for index in range(request.count):
            if request.HasField("behaviour") and index == request.behaviour.after:
                await behave(request.behaviour, request.message)
            yield pb.RepeatResponse(message=request.message, index=index)
        if request.HasField("behaviour") and request.behaviour.after >= request.count:
            await behave(request.behaviour, request.message)

    async def Collect(self, request_iterator: AsyncIterator[pb.CollectRequest], context: Any) -> pb.CollectResponse:
        """Joins all messages."""
        parts: list[str] = []
        async for request in request_iterator:
            await behave(request.behaviour, request.message)
            parts.append(request.message)
        return pb.CollectResponse(message="".join(parts))

    async def Chat(
        self, request_iterator: AsyncIterator[pb.ChatRequest], context: Any
    ) -> AsyncIterator[pb.ChatResponse]:
        """Answers each message as it comes."""
        async for request in request_iterator:
            await behave(request.behaviour, request.message)
            yield pb.ChatResponse(message=request.message)
