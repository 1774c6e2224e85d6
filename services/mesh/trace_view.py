"""How traces look in a terminal: one as a tree with bars in time, many as a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from malha.cli.render.text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from google.protobuf.timestamp_pb2 import Timestamp
    from malha.mesh.v1 import trace_pb2
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

_BAR = 32
_MEGA, _GIGA = 1_000_000, 1_000_000_000
# What tells best why a span failed: the reason of ours, the code of gRPC, a type of exception.
_WHY = ("error.type", "rpc.grpc.status_code", "grpc.status_code", "exception.type")
_CODES = (
    "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
    "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
    "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
)  # fmt: skip


class Row(NamedTuple):
    """A span at its place in the tree."""

    branch: str
    """What is drawn before it."""
    span: trace_pb2.Span


def tree(spans: Sequence[trace_pb2.Span]) -> Iterator[Row]:
    """The spans, each beneath its parent, siblings by their start. One whose parent is not there stands at the root."""
    known = {span.span_id for span in spans}
    children: dict[str, list[trace_pb2.Span]] = {}
    for span in sorted(spans, key=_start):
        parent = span.parent_span_id if span.parent_span_id in known else ""
        children.setdefault(parent, []).append(span)
    # Not by recursion: a trace may be as deep as it is long. A ring of parents, which no honest sender makes, is left
    # out, since no root leads there.
    waiting = [Row("", span) for span in reversed(children.get("", []))]
    while waiting:
        row = waiting.pop()
        yield row
        below = children.get(row.span.span_id, [])
        stem = _stem(row.branch)
        rows = [Row(stem + ("└ " if span is below[-1] else "├ "), span) for span in below]
        waiting += reversed(rows)


def lines(console: Console, spans: Sequence[trace_pb2.Span], *, attributes: bool = False) -> Iterator[str]:
    """One trace as a tree; a bar shows when in it each span ran, and beneath it stand its `attributes`."""
    rows = list(tree(spans))
    with console.capture() as captured:
        console.print(_table(rows))
    header, *drawn = captured.get().splitlines()
    yield header.rstrip()
    for row, line in zip(rows, drawn, strict=True):
        yield line.rstrip()
        for key, value in sorted(row.span.attributes.items()) if attributes else ():
            yield f"{_stem(row.branch)}    {safe(key)} = {safe(value)}"


def _table(rows: Sequence[Row]) -> Table:
    from rich.table import Table
    from rich.text import Text

    spans = [row.span for row in rows]
    begin = min(_start(span) for span in spans)
    length = max(1, max(_start(span) + span.duration.ToNanoseconds() for span in spans) - begin)
    drawn = Table(box=None, pad_edge=False, header_style="dim")
    for header in ("SPAN", "TIME", "", ""):
        drawn.add_column(header, justify="right" if header == "TIME" else "left", no_wrap=True)
    for row in rows:
        nanoseconds = row.span.duration.ToNanoseconds()
        style = "red" if row.span.failed else "cyan"
        bar = Text(_bar(_start(row.span) - begin, nanoseconds, length), style)
        drawn.add_row(_label(row), duration(nanoseconds), bar, Text(_why(row.span), "red"))
    return drawn


def duration(nanoseconds: int) -> str:
    """A duration with three significant digits or so."""
    if nanoseconds >= _GIGA:
        return f"{nanoseconds / _GIGA:.2f} s"
    if nanoseconds >= 10 * _MEGA:
        return f"{nanoseconds / _MEGA:.1f} ms"
    return f"{nanoseconds / _MEGA:.2f} ms"


def moment(time: Timestamp) -> str:
    """A time in UTC, to the millisecond."""
    return time.ToDatetime().isoformat(" ", "milliseconds") + "Z"


def method(name: str) -> str:
    """A method without its package: `EchoService/Echo`. Any other name is left alone."""
    service, slash, rest = name.partition("/")
    return safe(service.rpartition(".")[2] + slash + rest if slash else name)


def summary_row(trace: trace_pb2.TraceSummary) -> tuple[str, ...]:
    """Id, time, component, name, duration, number of spans and how it ended."""
    return (
        trace.trace_id,
        moment(trace.start_time),
        safe(trace.service),
        method(trace.name),
        duration(trace.duration.ToNanoseconds()),
        str(trace.spans),
        "failed" if trace.failed else "",
    )


def _stem(branch: str) -> str:
    """What goes on beneath a branch."""
    return branch.replace("├ ", "│ ").replace("└ ", "  ")


def _label(row: Row) -> Text:
    from rich.text import Text

    span = row.span
    # What is asked of somebody else stands with an arrow, what is done for somebody with the one who does it.
    who = safe(span.replica or span.service)
    name = method(span.name)
    text = Text(row.branch, "dim")
    if span.kind == "CLIENT":
        return text.append("→ ", "dim").append(name, "dim")
    return text.append(who, "bold").append(f"  {name}")


def _bar(offset: int, nanoseconds: int, length: int) -> str:
    first = min(_BAR - 1, offset * _BAR // length)
    last = min(_BAR, max(first + 1, -((offset + nanoseconds) * -_BAR // length)))
    return " " * first + "█" * (last - first) + " " * (_BAR - last)


def _why(span: trace_pb2.Span) -> str:
    if not span.failed:
        return ""
    for key in _WHY:
        if value := span.attributes.get(key, ""):
            number = int(value) if value.isascii() and value.isdigit() else len(_CODES)
            return _CODES[number] if number < len(_CODES) else safe(value)
    return "failed"


def _start(span: trace_pb2.Span) -> int:
    return span.start_time.ToNanoseconds()
