"""The rpcs about traces and figures: parse, call, format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from malha.mesh.v1 import mesh_service_pb2 as pb
from malha.mesh.v1.mesh_service_pb2_grpc import MeshServiceServicer

from services.mesh.figures.convert import reading_to_proto
from services.mesh.times import seconds
from services.mesh.traces.convert import span_to_proto, summary_to_proto

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.mesh.figures.watch import Reading
    from services.mesh.traces.store import TraceStore

_PAGE = 20
_PERIOD_SECONDS = 2.0


class Figures(Protocol):
    """Rates, errors, durations and resources."""

    def watch(self, period: float) -> AsyncIterator[Reading]:
        """The figures now and once each `period` seconds, without end."""


@dataclass(frozen=True, kw_only=True)
class ObservationRpcs(MeshServiceServicer):
    """GetTrace, ListTraces and WatchFigures."""

    traces: TraceStore
    figures: Figures

    async def GetTrace(self, request: pb.GetTraceRequest, context: object) -> pb.GetTraceResponse:
        return pb.GetTraceResponse(spans=[span_to_proto(span) for span in self.traces.get(request.trace_id)])

    async def ListTraces(self, request: pb.ListTracesRequest, context: object) -> pb.ListTracesResponse:
        found = self.traces.latest(
            request.page_size or _PAGE, failed=request.failed, min_ns=request.min_duration.ToNanoseconds()
        )
        return pb.ListTracesResponse(traces=[summary_to_proto(trace) for trace in found])

    async def WatchFigures(
        self, request: pb.WatchFiguresRequest, context: object
    ) -> AsyncIterator[pb.WatchFiguresResponse]:
        async for reading in self.figures.watch(seconds(request.period) or _PERIOD_SECONDS):
            yield reading_to_proto(reading)
