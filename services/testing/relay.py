"""Calls from replica to replica through the inner mesh."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import grpc
from malha.testing.v1 import echo_service_pb2 as pb
from malha.testing.v1.echo_service_pb2_grpc import EchoServiceStub
from opentelemetry import trace

from services.runtime.call import current
from services.runtime.exceptions import DependencyUnavailable
from services.runtime.identity.inner import InnerChannel
from services.runtime.settings import RuntimeSettings
from services.testing.behaviour import failure_of

if TYPE_CHECKING:
    from malha.testing.v1.echo_service_pb2_grpc import EchoServiceAsyncStub

# What the runtime tells a caller by itself when a sub-call ends so.
_TOLD = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.RESOURCE_EXHAUSTED})


class Relay:
    """Makes the next call of a chain, where the settings name a mesh to call through."""

    def __init__(self, settings: RuntimeSettings, tracer: trace.Tracer | None = None) -> None:
        service = pb.DESCRIPTOR.services_by_name["EchoService"]
        self._channel = InnerChannel(settings, [service], tracer) if settings.inner_address else None
        self._stub = None if self._channel is None else EchoServiceStub(self._channel)

    async def close(self) -> None:
        """Ends the calls under way."""
        if self._channel is not None:
            await self._channel.close()

    async def next(self, request: pb.RelayRequest) -> Sequence[pb.DescribeCallResponse]:
        """What the hops behind this one saw.

        Raises:
            DependencyUnavailable: this server runs outside of a mesh.
            AskedToFail: a later hop failed so.
            grpc.RpcError: a later hop did not answer in time or could not.
        """
        if self._stub is None:
            raise DependencyUnavailable("mesh")
        try:
            return await _hop(self._stub, request)
        except grpc.aio.AioRpcError as error:
            if error.code() in _TOLD:
                raise
            raise failure_of(error.code()) from error


async def _hop(stub: "EchoServiceAsyncStub", request: pb.RelayRequest) -> Sequence[pb.DescribeCallResponse]:
    behaviour = request.behaviour if request.HasField("behaviour") else None
    if request.hops == 1:
        last: pb.DescribeCallResponse = await stub.DescribeCall(pb.DescribeCallRequest(behaviour=behaviour))
        return [last]
    further: pb.RelayResponse = await stub.Relay(pb.RelayRequest(hops=request.hops - 1, behaviour=behaviour))
    return further.hops


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
