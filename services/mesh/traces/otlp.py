"""From OpenTelemetry's protocol to our spans; what senders may say is bounded here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry.proto.trace.v1 import trace_pb2

from services.mesh.traces.span import Kind, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

_KINDS = {
    trace_pb2.Span.SPAN_KIND_SERVER: Kind.SERVER,
    trace_pb2.Span.SPAN_KIND_CLIENT: Kind.CLIENT,
    trace_pb2.Span.SPAN_KIND_PRODUCER: Kind.PRODUCER,
    trace_pb2.Span.SPAN_KIND_CONSUMER: Kind.CONSUMER,
}
_NAME = 256
_VALUE = 1_024
_ATTRIBUTES = 64
_DEPTH = 3
# Envoy reports under a name of its own for each listener.
_ENVOY = "envoy-"
_VERSION = "service.version"
# Of these the query is left out: it may hold what a user sent.
_URLS = frozenset({"http.url", "http.target", "url.full"})
# Of an exception that a span recorded. Its text may hold what a user sent, so it is not kept.
_ERROR_TYPE = "exception.type"


def spans(request: ExportTraceServiceRequest, sender: str = "") -> Iterator[Span]:
    """The spans of an export. What has no valid ids is left out.

    `sender` is the workload that sent them, when it can only tell of itself; otherwise the spans' own word counts.
    """
    for group in request.resource_spans:
        resource = dict(_attributes(group.resource.attributes))
        service = sender or resource.get("service.name", "").removeprefix(_ENVOY)
        replica = resource.get("service.instance.id", "")
        version = tuple((key, resource[key]) for key in (_VERSION,) if key in resource)
        for scope in group.scope_spans:
            for span in scope.spans:
                if len(span.trace_id) == 16 and len(span.span_id) == 8 and any(span.trace_id):
                    yield _span(span, service, replica, version)


def _span(span: trace_pb2.Span, service: str, replica: str, version: tuple[tuple[str, str], ...]) -> Span:
    return Span(
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex() if any(span.parent_span_id) else "",
        service=service,
        replica=replica,
        name=span.name[:_NAME],
        kind=_KINDS.get(span.kind, Kind.INTERNAL),
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
        failed=span.status.code == trace_pb2.Status.STATUS_CODE_ERROR,
        # Which version served is what one asks first while two of them do.
        attributes=(
            *(version if span.kind == span.SPAN_KIND_SERVER else ()),
            *_attributes(span.attributes),
            *_errors(span),
        ),
    )


def _attributes(pairs: Iterable[KeyValue]) -> Iterator[tuple[str, str]]:
    for count, pair in enumerate(pairs):
        if count == _ATTRIBUTES:
            return
        text = _text(pair.value, _DEPTH)[:_VALUE]
        yield pair.key[:_NAME], text.partition("?")[0] if pair.key in _URLS else text


def _errors(span: trace_pb2.Span) -> Iterator[tuple[str, str]]:
    for event in span.events:
        for key, value in _attributes(event.attributes):
            if key == _ERROR_TYPE:
                yield key, value
                return


def _text(value: AnyValue, depth: int) -> str:
    kind = value.WhichOneof("value")
    if kind is None:
        return ""
    if kind == "bool_value":
        return "true" if value.bool_value else "false"
    if kind == "bytes_value":
        return value.bytes_value[:_VALUE].hex()
    if kind == "kvlist_value" or depth == 0:
        return "…"
    if kind == "array_value":
        return ", ".join(_text(item, depth - 1) for item in value.array_value.values[:_ATTRIBUTES])
    return str(getattr(value, kind))
