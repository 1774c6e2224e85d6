"""The vocabulary of local replies: what Envoy says of itself, to gRPC callers and to those of REST."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from google.rpc import code_pb2, error_details_pb2, status_pb2

from services.mesh.render.document import Node, seconds, typed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from google.protobuf.message import Message

DOMAIN: Final = "malha.local"
BODY: Final = "%LOCAL_REPLY_BODY%"
"""Where the text of a reply goes."""
# A replica that was killed is back, or out of rotation, within this many milliseconds, mostly.
_AGAIN_MS = 500


@dataclass(frozen=True, slots=True)
class Reply:
    """How local replies of one HTTP code look."""

    http: int
    status: str
    """The name of the google.rpc.Code."""
    reason: str
    """The malha.error.v1.Reason."""
    message: str | None = None
    """Instead of Envoy's own text, where that is empty or speaks of its insides."""
    again: bool = False
    """Whether the same call may go well soon."""


def info(reason: str, **metadata: str) -> error_details_pb2.ErrorInfo:
    """Why, for programs."""
    return error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN, metadata=metadata)


def soon() -> error_details_pb2.RetryInfo:
    """When the same call may go well."""
    delay = error_details_pb2.RetryInfo()
    delay.retry_delay.FromMilliseconds(_AGAIN_MS)
    return delay


def explained(http: int, code: int, why: error_details_pb2.ErrorInfo, message: str, *more: Node) -> Node:
    """A reply to a gRPC caller with what a typed client reads the reason from; it must repeat the message."""
    return detailed(http, code, message, [why, *((soon(),) if code == code_pb2.UNAVAILABLE else ())], *more)


def detailed(http: int, code: int, message: str, details: Sequence[Message], *more: Node) -> Node:
    """The same with details of any kind."""
    encoded = {"header": {"key": "grpc-status-details-bin", "value": packed(code, message, details)}}
    return to_grpc([status_is(http), *more], {"body": {"inline_string": message}, "headers_to_add": [encoded]})


def packed(code: int, message: str, details: Sequence[Message]) -> str:
    """The value of `grpc-status-details-bin`. It is fixed text, so it cannot have the id of the request."""
    status = status_pb2.Status(code=code, message=message)
    for detail in details:
        status.details.add().Pack(detail)
    return base64.b64encode(status.SerializeToString(deterministic=True)).decode().rstrip("=")


def to_grpc(filters: list[Node], fields: Node) -> Node:
    """The text alone, since Envoy puts the formatted body into `grpc-message`.

    A REST call has become a gRPC call where the transcoder fails on its body; its original path gives it away.
    """
    speaks_grpc = header("content-type", string_match={"prefix": "application/grpc"})
    transcoded = header("x-envoy-original-path", present_match=True, invert_match=True)
    return {
        "filter": every([speaks_grpc, transcoded, *filters]),
        **fields,
        "body_format_override": {"text_format_source": {"inline_string": BODY}},
    }


def to_rest(filters: list[Node], reply: Reply) -> Node:
    """The one JSON shape."""
    return {
        "filter": every(filters),
        "status_code": reply.http,
        **({"body": {"inline_string": reply.message}} if reply.message else {}),
        "body_format_override": body(reply),
    }


def every(filters: list[Node]) -> Node:
    """Matches what all of the filters match."""
    return filters[0] if len(filters) == 1 else {"and_filter": {"filters": filters}}


def header(name: str, **match: object) -> Node:
    """Matches a header of the request."""
    return {"header_filter": {"header": {"name": name, **match}}}


def status_is(http: int) -> Node:
    """Matches the code of a reply."""
    # Access log filters insist on a runtime key; nothing sets this one.
    comparison = {"op": "EQ", "value": {"default_value": http, "runtime_key": f"malha.local_reply.{http}"}}
    return {"status_code_filter": {"comparison": comparison}}


def when(expression: str) -> Node:
    """Matches by an expression of CEL."""
    return {
        "extension_filter": {
            "name": "envoy.access_loggers.extension_filters.cel",
            "typed_config": typed(
                "envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter", expression=expression
            ),
        }
    }


def body(reply: Reply) -> Node:
    """The JSON of a reply."""
    details: list[Node] = [
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": reply.reason,
            "domain": DOMAIN,
            "metadata": {"request_id": "%REQ(X-REQUEST-ID)%"},
        }
    ]
    if reply.again:
        retry = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": seconds(_AGAIN_MS / 1000)}
        details.append(retry)
    error = {"code": "%RESPONSE_CODE%", "status": reply.status, "message": BODY, "details": details}
    # A request that Envoy could not even read has no id; then the key is left out.
    return {"content_type": "application/json", "json_format": {"error": error}, "omit_empty_values": True}
