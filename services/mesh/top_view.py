"""How the figures of a mesh look in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from malha.cli.render.text import safe

from services.mesh.trace_view import duration, method

if TYPE_CHECKING:
    from collections.abc import Iterable

    from google.protobuf.duration_pb2 import Duration
    from malha.mesh.v1 import mesh_service_pb2, trace_pb2
    from rich.console import RenderableType
    from rich.table import Table

_MIB = 1024 * 1024
_METHODS = ("SERVICE", "METHOD", "CALLER", "CALLS/S", "FAILED", "P50", "P95", "P99", "TOTAL")
_PROCESSES = ("REPLICA", "CPU", "MEMORY", "CALLS")
_NUMBERS = {*_METHODS[3:], *_PROCESSES[1:]}
# Lines beside the rows: the head, two rows of headers, what was left out, and what stands between.
_FRAME = 6
_FEWEST = 3


def picture(figures: mesh_service_pb2.WatchFiguresResponse, height: int | None = None) -> RenderableType:
    """The figures of one period; with a `height` in lines, the busiest methods that fit."""
    from rich.console import Group

    methods = sorted(figures.methods, key=lambda one: (-one.rate, one.service, one.method, one.caller))
    room = len(methods)
    if height is not None:
        room = max(_FEWEST, height - len(figures.processes) - _FRAME)
    left = len(methods) - room
    more = [] if left <= 0 else [f"… {left} more"]
    return Group(_head(figures), "", _methods(methods[:room]), *more, "", _processes(figures.processes))


def _head(figures: mesh_service_pb2.WatchFiguresResponse) -> str:
    calls = sum(one.rate for one in figures.methods)
    failed = sum(one.rate * one.error_ratio for one in figures.methods)
    cpu = sum(one.cpu for one in figures.processes)
    memory = sum(one.memory_bytes for one in figures.processes)
    seconds = figures.period.ToNanoseconds() / 1e9
    return (
        f"{figures.time.ToDatetime():%H:%M:%S}Z · the last {seconds:.1f} s · {calls:,.1f} calls/s · "
        f"{_share(failed / calls if calls else 0.0)} failed · {cpu:.2f} CPUs · {memory / _MIB:,.0f} MiB"
    )


def _methods(methods: list[trace_pb2.MethodFigures]) -> Table:
    drawn = _table(_METHODS)
    for one in methods:
        style = "red" if one.error_ratio > 0 else "" if one.rate else "dim"
        drawn.add_row(
            safe(one.service), method(one.method), safe(one.caller) or "-", f"{one.rate:,.1f}",
            _share(one.error_ratio) if one.rate else "-",
            *(_time(one.rate, value) for value in (one.p50, one.p95, one.p99)),
            f"{one.total:,}", style=style,
        )  # fmt: skip
    return drawn


def _processes(processes: Iterable[trace_pb2.ProcessFigures]) -> Table:
    drawn = _table(_PROCESSES)
    for one in processes:
        drawn.add_row(
            safe(one.replica), f"{one.cpu:.0%}", f"{one.memory_bytes / _MIB:,.0f} MiB", str(one.running_calls or "-")
        )
    return drawn


def _table(headers: tuple[str, ...]) -> Table:
    from rich.table import Table

    drawn = Table(box=None, pad_edge=False, header_style="dim")
    for header in headers:
        drawn.add_column(header, justify="right" if header in _NUMBERS else "left", no_wrap=True)
    return drawn


def _share(ratio: float) -> str:
    return f"{ratio:.1%}"


def _time(rate: float, value: Duration) -> str:
    return duration(value.ToNanoseconds()) if rate else "-"
