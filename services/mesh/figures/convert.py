"""From figures to the messages of `malha.mesh.v1`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from malha.mesh.v1 import mesh_service_pb2, trace_pb2

from services.mesh.times import duration_of_nanoseconds

if TYPE_CHECKING:
    from google.protobuf.duration_pb2 import Duration

    from services.mesh.figures.processes import Usage
    from services.mesh.figures.watch import MethodFigures, Reading


def reading_to_proto(reading: Reading) -> mesh_service_pb2.WatchFiguresResponse:
    """The figures of one period."""
    response = mesh_service_pb2.WatchFiguresResponse(
        period=_duration(reading.seconds * 1e3),
        methods=[_method(figures, reading.seconds) for figures in reading.methods],
        processes=[_process(usage, running) for usage, running in reading.processes],
    )
    response.time.FromDatetime(reading.time)
    return response


def _method(figures: MethodFigures, seconds: float) -> trace_pb2.MethodFigures:
    series, period = figures.series, figures.period
    return trace_pb2.MethodFigures(
        service=series.component,
        method=series.method,
        caller=series.caller,
        rate=period.calls / seconds,
        error_ratio=period.failures / period.calls if period.calls else 0.0,
        p50=_duration(period.quantile(0.5)),
        p95=_duration(period.quantile(0.95)),
        p99=_duration(period.quantile(0.99)),
        total=figures.total,
    )


def _process(usage: Usage, running: int) -> trace_pb2.ProcessFigures:
    return trace_pb2.ProcessFigures(
        component=usage.root.component,
        replica=usage.root.replica,
        cpu=usage.cpu,
        memory_bytes=usage.memory,
        running_calls=running,
    )


def _duration(milliseconds: float | None) -> Duration | None:
    return None if milliseconds is None else duration_of_nanoseconds(round(milliseconds * 1e6))
