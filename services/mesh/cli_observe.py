"""The verbs that look: what happens now, and what became of one call."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from services.mesh.console import Refused, as_json, output, supervisor, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from malha.mesh.v1 import mesh_service_pb2, trace_pb2
    from malha.mesh.v1.mesh_service_pb2_grpc import MeshServiceStub

_WHOLE_ID = 32
_MOST = 1_000
# Spans are on their way for a second or so.
_PATIENCE = 3.0
_AGAIN = 0.25

_json_option = click.option("--json", "as_document", is_flag=True, help="Print JSON.")


@click.command()
@click.option(
    "--period", type=click.FloatRange(0.25, 60), default=2.0, show_default=True, metavar="SECONDS", help="How often."
)
@click.option("--once", is_flag=True, help="Print the figures of one period and return.")
@click.option("--json", "as_document", is_flag=True, help="Print JSON, one line for each period.")
def top(period: float, once: bool, as_document: bool) -> None:
    """Show calls, errors, durations and resources as they are, until Ctrl-C."""
    from malha.mesh.v1 import mesh_service_pb2 as pb

    from services.mesh.times import duration

    with suppress(KeyboardInterrupt), supervisor() as mesh:  # the way to end it
        readings = mesh.WatchFigures(pb.WatchFiguresRequest(period=duration(period)))
        if as_document:
            _print_lines(readings, once=once)
        elif once or not sys.stdout.isatty():
            _print_one(readings)
        else:
            _show_live(readings)


@click.command()
@click.argument("trace_id", metavar="[ID]", required=False)
@click.option("-a", "--attributes", is_flag=True, help="With an ID: show all that is known of each span.")
@click.option("-n", "--limit", type=click.IntRange(1, _MOST), default=20, show_default=True, help="How many to list.")
@click.option("--failed", is_flag=True, help="List only those with an error.")
@click.option("--slower-than", type=click.FloatRange(0), default=0.0, metavar="MS", help="List only those.")
@_json_option
def trace(trace_id: str | None, as_document: bool, attributes: bool, **wish: Any) -> None:
    """List the latest traces, or show what became of one call.

    ID are the 32 digits of a trace, or the first ones of them.
    """
    with supervisor() as mesh:
        if trace_id is None:
            _list(mesh, as_document, **wish)
            return
        wanted = _whole_id(mesh, trace_id.lower())
        answer = _get(mesh, wanted)
    if as_document:
        click.echo(as_json(answer))
    else:
        _draw(wanted, answer.spans, attributes)


def _list(mesh: MeshServiceStub, as_document: bool, *, limit: int, failed: bool, slower_than: float) -> None:
    from malha.mesh.v1 import mesh_service_pb2 as pb

    from services.mesh.times import duration
    from services.mesh.trace_view import summary_row

    least = duration(slower_than / 1e3)
    answer = mesh.ListTraces(pb.ListTracesRequest(page_size=limit, failed=failed, min_duration=least))
    if as_document:
        click.echo(as_json(answer))
        return
    headers = ("TRACE", "BEGAN", "AT", "NAME", "TIME", "SPANS", "")
    rows = [summary_row(one) for one in answer.traces]
    table(
        headers,
        rows,
        right=("TIME", "SPANS"),
        nothing="no trace was kept: see MALHA_TRACE_RATIO and MALHA_OTLP_ENDPOINT",
    )


def _whole_id(mesh: MeshServiceStub, digits: str) -> str:
    """The id that begins with these digits; raises Refused when there is none, or more than one."""
    from malha.mesh.v1 import mesh_service_pb2 as pb

    if not set(digits) <= set("0123456789abcdef") or not 0 < len(digits) <= _WHOLE_ID:
        raise Refused(f"{digits!r} is no trace id: these are 32 digits of 0-9 and a-f, or the first ones of them")
    if len(digits) == _WHOLE_ID:
        return digits
    kept = mesh.ListTraces(pb.ListTracesRequest(page_size=_MOST)).traces
    found = [one.trace_id for one in kept if one.trace_id.startswith(digits)]
    if len(found) != 1:
        count = "none" if not found else f"{len(found)}"
        raise Refused(f"{count} of the latest {_MOST:,} traces begin with {digits}: `malha trace` lists them")
    return found[0]


def _get(mesh: MeshServiceStub, trace_id: str) -> mesh_service_pb2.GetTraceResponse:
    """The trace; one that has just been made may take a moment to arrive."""
    import grpc
    from malha.mesh.v1 import mesh_service_pb2 as pb

    request, until = pb.GetTraceRequest(trace_id=trace_id), time.monotonic() + _PATIENCE
    while True:
        try:
            return mesh.GetTrace(request)
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.NOT_FOUND or time.monotonic() > until:
                raise
        time.sleep(_AGAIN)


def _draw(trace_id: str, spans: Sequence[trace_pb2.Span], attributes: bool) -> None:
    from services.mesh.trace_view import lines, moment

    click.echo(f"trace {trace_id}, began {moment(spans[0].start_time)}, {len(spans)} spans")
    click.echo("\n".join(lines(output(), spans, attributes=attributes)))


def _print_lines(readings: Iterable[mesh_service_pb2.WatchFiguresResponse], *, once: bool) -> None:
    import json

    from malha.cli.render.json_form import as_dict

    for reading in readings:
        click.echo(json.dumps(as_dict(reading), ensure_ascii=False))
        if once:
            return


def _print_one(readings: Iterable[mesh_service_pb2.WatchFiguresResponse]) -> None:
    from services.mesh.top_view import picture

    console = output()
    with console.capture() as captured:
        console.print(picture(next(iter(readings))))
    click.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


def _show_live(readings: Iterable[mesh_service_pb2.WatchFiguresResponse]) -> None:
    from rich.live import Live

    from services.mesh.top_view import picture

    console = output()
    with Live(console=console, auto_refresh=False, screen=True) as live:
        for reading in readings:
            live.update(picture(reading, console.height), refresh=True)
