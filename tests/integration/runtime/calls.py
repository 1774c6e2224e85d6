"""The four call shapes behind one function, so that a test can be written once for all."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status
from malha.testing.v1 import echo_service_pb2 as pb

SHAPES = ("Echo", "Repeat", "Collect", "Chat")
REQUESTS = {"Echo": pb.EchoRequest, "Repeat": pb.RepeatRequest, "Collect": pb.CollectRequest, "Chat": pb.ChatRequest}
PATH = "/malha.testing.v1.EchoService/"


LOST = "Internal error from Core"
"""What grpc.aio's client says when a call is refused while it still sends: it loses the status that came.

No server of ours has a part in it: a bare grpcio 1.85.1 server that aborts at once lost 3,327 of 4,000 statuses so.
"""


@dataclass
class Outcome:
    """What a caller saw of one call."""

    messages: list[str] = field(default_factory=list)
    code: grpc.StatusCode = grpc.StatusCode.OK
    text: str = ""
    trailers: dict[str, str | bytes] = field(default_factory=dict)
    status: status_pb2.Status | None = None

    def detail(self, kind: type[Any]) -> Any:
        """The error detail of one type; fails when there is none."""
        assert self.status is not None
        for packed in self.status.details:
            if packed.Is(kind.DESCRIPTOR):
                message = kind()
                packed.Unpack(message)
                return message
        raise AssertionError(f"no {kind.__name__} in {self.status}")

    @property
    def info(self) -> Any:
        """The ErrorInfo."""
        return self.detail(error_details_pb2.ErrorInfo)


def request_of(shape: str, message: str = "hello", *, good: int = 0, **behaviour: Any) -> Any:
    """A request of the shape's type that asks for `behaviour`."""
    request = REQUESTS[shape](message=message)
    if shape == "Repeat":
        request.count = max(good, 1)
    if behaviour:
        if shape == "Repeat":
            behaviour["after"] = good
        request.behaviour.MergeFrom(pb.Behaviour(**behaviour))
    return request


async def call(stub: Any, shape: str, *requests: Any, **options: Any) -> Outcome:
    """Makes one call with the given requests (one only for the unary ones) and drains it."""
    for _ in range(3):
        outcome = await drain(start_call(stub, shape, *requests, **options), shape)
        if outcome.text != LOST:
            break
    return outcome


def start_call(stub: Any, shape: str, *requests: Any, **options: Any) -> Any:
    """Begins one call."""
    options = {"timeout": 10.0, **options}
    argument = _stream(requests) if shape in ("Collect", "Chat") else requests[0]
    return getattr(stub, shape)(argument, **options)


async def drain(running: Any, shape: str) -> Outcome:
    """Reads a call to its end."""
    outcome = Outcome()
    try:
        if shape in ("Echo", "Collect"):
            outcome.messages.append((await running).message)
        else:
            async for response in running:
                outcome.messages.append(response.message)
    except grpc.aio.AioRpcError as error:
        outcome.code, outcome.text = error.code(), error.details() or ""
        outcome.status = rpc_status.from_call(error)
        outcome.trailers = dict(error.trailing_metadata())
    else:
        outcome.trailers = dict(await running.trailing_metadata())
    return outcome


async def call_raw(channel: Any, shape: str, raw: bytes) -> Outcome:
    """Sends bytes that need be no message."""
    path = PATH + shape
    parse = getattr(pb, f"{shape}Response").FromString
    if shape == "Echo":
        return await drain(channel.unary_unary(path, None, parse)(raw, timeout=10), shape)
    if shape == "Repeat":
        return await drain(channel.unary_stream(path, None, parse)(raw, timeout=10), shape)
    if shape == "Collect":
        return await drain(channel.stream_unary(path, None, parse)(_stream((raw,)), timeout=10), shape)
    return await drain(channel.stream_stream(path, None, parse)(_stream((raw,)), timeout=10), shape)


async def _stream(requests: tuple[Any, ...]) -> AsyncIterator[Any]:
    for request in requests:
        yield request
