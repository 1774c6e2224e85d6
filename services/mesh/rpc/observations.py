"""The rpcs about traces and figures: parse, call, format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from malha.mesh.v1 import mesh_service_pb2 as pb
from malha.mesh.v1.mesh_service_pb2_grpc import MeshServiceServicer

from services.mesh.convert import seconds

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from malha.mesh.v1 import trace_pb2

_PAGE = 20
_PERIOD_SECONDS = 2.0


class Traces(Protocol):
    """The spans that the mesh has kept."""

    def get(self, trace_id: str) -> Sequence[trace_pb2.Span]:
        """All spans of a trace, by their start; raises TraceNotFound."""

    def latest(self, limit: int, *, failed: bool, min_seconds: float) -> Sequence[trace_pb2.TraceSummary]:
        """The latest traces, the newest first; only those with an error when `failed`."""


class Figures(Protocol):
    """Rates, errors, durations and resources."""

    def watch(self, period_seconds: float) -> AsyncIterator[pb.WatchFiguresResponse]:
        """The figures now and once each period, without end."""


@dataclass(frozen=True, kw_only=True)
class ObservationRpcs(MeshServiceServicer):
    """GetTrace, ListTraces and WatchFigures."""

    traces: Traces
    figures: Figures

    async def GetTrace(self, request: pb.GetTraceRequest, context: object) -> pb.GetTraceResponse:
        return pb.GetTraceResponse(spans=self.traces.get(request.trace_id))

    async def ListTraces(self, request: pb.ListTracesRequest, context: object) -> pb.ListTracesResponse:
        found = self.traces.latest(
            request.page_size or _PAGE, failed=request.failed, min_seconds=seconds(request.min_duration)
        )
        return pb.ListTracesResponse(traces=found)

    def WatchFigures(self, request: pb.WatchFiguresRequest, context: object) -> AsyncIterator[pb.WatchFiguresResponse]:
        return self.figures.watch(seconds(request.period) or _PERIOD_SECONDS)
