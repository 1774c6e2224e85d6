"""Calls from replica to replica through the inner mesh."""

from collections.abc import Sequence
from typing import Any, Protocol

from malha.testing.v1 import echo_service_pb2 as pb

from services.runtime.call import current
from services.runtime.exceptions import DependencyUnavailable
from services.runtime.settings import RuntimeSettings


class EchoStub(Protocol):
    """The two methods of the next hop that a relay calls."""

    def DescribeCall(self, request: pb.DescribeCallRequest) -> Any: ...

    def Relay(self, request: pb.RelayRequest) -> Any: ...


class Relay:
    """Makes the next call of a chain. Without a stub there is no mesh to call through."""

    def __init__(self, stub: EchoStub | None) -> None:
        self._stub = stub

    async def next(self, request: pb.RelayRequest) -> Sequence[pb.DescribeCallResponse]:
        """What the hops behind this one saw.

        Raises:
            DependencyUnavailable: this server runs outside of a mesh.
        """
        if self._stub is None:
            raise DependencyUnavailable("mesh")
        if request.hops == 1:
            last: pb.DescribeCallResponse = await self._stub.DescribeCall(
                pb.DescribeCallRequest(behaviour=request.behaviour if request.HasField("behaviour") else None)
            )
            return [last]
        further = pb.RelayRequest()
        further.CopyFrom(request)
        further.hops -= 1
        answer: pb.RelayResponse = await self._stub.Relay(further)
        return answer.hops


def describe(settings: RuntimeSettings) -> pb.DescribeCallResponse:
    """What this replica knows of the call it serves."""
    call = current()
    answer = pb.DescribeCallResponse(
        caller=call.caller,
        replica=settings.replica,
        version=settings.version,
        zone=settings.zone,
        request_id=call.request_id,
        trace_id=call.trace_id,
    )
    remaining = call.remaining()
    if remaining is not None:
        answer.remaining.FromNanoseconds(int(remaining * 1_000_000_000))
    return answer
