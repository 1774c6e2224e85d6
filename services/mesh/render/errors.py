"""One JSON shape for every failure a REST caller can meet (AIP-193), wherever the failure arose.

There are three sources and two mechanisms. Envoy's own replies and the transcoder's are local replies: `local_reply`
formats them. An error of a service arrives as gRPC status and is turned into `google.rpc.Status` by the transcoder
(`convert_grpc_status`): the script of `lua` wraps it. gRPC callers are not concerned: they get `grpc-status` and
`grpc-message`.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from google.rpc import code_pb2, error_details_pb2, status_pb2

from services.mesh.render import limits
from services.mesh.render.document import Node, seconds, typed
from services.runtime.identity.spiffe import spiffe_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from google.protobuf.message import Message

DOMAIN = "malha.local"


@dataclass(frozen=True, slots=True)
class _Reply:
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


_TIMED_OUT = "the call did not finish within its time"
_AWAY = "the service cannot be reached now"
_FULL = "the edge is at its limit; try again"
# A replica that was killed is back, or out of rotation, within this many milliseconds, mostly.
_AGAIN_MS = 500
_TOO_OFTEN = "too many calls from this address"

# The codes are those of google/rpc/code.proto; what it does not name follows the nearest that a client treats alike.
_REPLIES: Final = (
    _Reply(400, "INVALID_ARGUMENT", "EDGE", "the edge cannot read this request"),
    _Reply(401, "UNAUTHENTICATED", "EDGE"),
    _Reply(403, "PERMISSION_DENIED", "EDGE"),
    _Reply(404, "NOT_FOUND", "METHOD_NOT_FOUND", "no method has this path and verb"),
    _Reply(405, "UNIMPLEMENTED", "METHOD_NOT_FOUND", "this path takes gRPC alone, which is a POST"),
    _Reply(408, "DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED", "the request did not arrive within its time"),
    _Reply(411, "INVALID_ARGUMENT", "EDGE", "the request needs a content-length"),
    _Reply(413, "RESOURCE_EXHAUSTED", "MESSAGE_TOO_LARGE", "the request is larger than the method allows"),
    _Reply(415, "INVALID_ARGUMENT", "EDGE", "this path takes gRPC alone: application/grpc or application/grpc-web"),
    _Reply(429, "RESOURCE_EXHAUSTED", "OVERLOADED", "too many requests", again=True),
    _Reply(431, "RESOURCE_EXHAUSTED", "EDGE", "the request's headers are too large or too many"),
    _Reply(500, "INTERNAL", "EDGE", "the edge failed"),
    _Reply(502, "UNAVAILABLE", "EDGE", "the service answered with something unreadable"),
    _Reply(503, "UNAVAILABLE", "EDGE", _AWAY, again=True),
    _Reply(504, "DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED", _TIMED_OUT),
)
# The transcoder's texts tell the caller what is wrong with the JSON or the query.
_UNREADABLE: Final = _Reply(400, "INVALID_ARGUMENT", "MALFORMED_REQUEST")
_FROM_TRANSCODER = "response.code_details.contains('grpc_json_transcode_failure')"
_BY_OVERLOAD = "response.code_details == 'overload'"
_BY_DURATION = "response.code_details == 'max_duration_timeout'"


def local_reply(callers: Sequence[str] = (), *, limited: bool = False) -> Node:
    """The `local_reply_config` of a listener; the inner one knows its `callers` by their certificates.

    With `limited`, its calls are counted; see `limits`.
    """
    unavailable = code_pb2.UNAVAILABLE
    return {
        "mappers": [
            _explained(404, code_pb2.UNIMPLEMENTED, _info("METHOD_NOT_FOUND"), "there is no such method"),
            *(_refused(caller) for caller in callers),
            _explained(503, unavailable, _info("EDGE"), _FULL, _when(_BY_OVERLOAD)),
            _explained(503, unavailable, _info("EDGE"), _AWAY),
            *((_too_often(),) if limited else ()),
            # What the limiter refuses it has explained.
            _grpc([], {}),
            *(_refused_by_limits() if limited else ()),
            _mapper([_status(400), _when(_FROM_TRANSCODER)], _UNREADABLE),
            _mapper([_when(_BY_DURATION)], _Reply(504, "DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED", _TIMED_OUT)),
            _mapper([_when(_BY_OVERLOAD)], _Reply(503, "UNAVAILABLE", "EDGE", _FULL, again=True)),
            *(_mapper([_status(reply.http)], reply) for reply in _REPLIES),
        ],
        "body_format": _body(_Reply(0, "UNKNOWN", "EDGE")),
    }


def _refused(caller: str) -> Node:
    """The refusal of the matrix, for one workload, since only fixed text can name it."""
    by = _when(f"connection.uri_san_peer_certificate == '{spiffe_id(caller)}'")
    info = _info("CALLER_NOT_ALLOWED", caller=caller)
    return _explained(403, code_pb2.PERMISSION_DENIED, info, f"{caller} may not call this method", by)


def _info(reason: str, **metadata: str) -> error_details_pb2.ErrorInfo:
    return error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN, metadata=metadata)


def _explained(http: int, code: int, info: error_details_pb2.ErrorInfo, message: str, *more: Node) -> Node:
    """A reply to a gRPC caller with what a typed client reads the reason from; it must repeat the message."""
    details: list[Message] = [info]
    if code == code_pb2.UNAVAILABLE:
        delay = error_details_pb2.RetryInfo()
        delay.retry_delay.FromMilliseconds(_AGAIN_MS)
        details.append(delay)
    return _detailed(http, code, message, details, *more)


def _detailed(http: int, code: int, message: str, details: Sequence[Message], *more: Node) -> Node:
    status = status_pb2.Status(code=code, message=message)
    for detail in details:
        status.details.add().Pack(detail)
    # Fixed text, so it cannot have the id of the request.
    value = base64.b64encode(status.SerializeToString(deterministic=True)).decode().rstrip("=")
    header = {"header": {"key": "grpc-status-details-bin", "value": value}}
    return _grpc([_status(http), *more], {"body": {"inline_string": message}, "headers_to_add": [header]})


def _grpc(filters: list[Node], fields: Node) -> Node:
    """The text alone, since Envoy puts the formatted body into `grpc-message`.

    A REST call has become a gRPC call where the transcoder fails on its body; its original path gives it away.
    """
    speaks_grpc = _header("content-type", string_match={"prefix": "application/grpc"})
    transcoded = _header("x-envoy-original-path", present_match=True, invert_match=True)
    return {
        "filter": _all([speaks_grpc, transcoded, *filters]),
        **fields,
        "body_format_override": {"text_format_source": {"inline_string": "%LOCAL_REPLY_BODY%"}},
    }


def _mapper(filters: list[Node], reply: _Reply) -> Node:
    return {
        "filter": _all(filters),
        "status_code": reply.http,
        **({"body": {"inline_string": reply.message}} if reply.message else {}),
        "body_format_override": _body(reply),
    }


def _refused_by_limits() -> list[Node]:
    return [
        _rate_limited([_when(limits.LIMITED)], "%LOCAL_REPLY_BODY%", limits.REFUSAL),
        _rate_limited([_when(limits.LOCALLY_LIMITED)], _TOO_OFTEN, limits.ADDRESS_REFUSAL),
    ]


def _too_often() -> Node:
    """The refusal of an address, for gRPC."""
    delay, quota = error_details_pb2.RetryInfo(), error_details_pb2.QuotaFailure()
    delay.retry_delay.FromSeconds(limits.AGAIN_SECONDS)
    quota.violations.add(**limits.VIOLATION)
    details = [_info("RATE_LIMITED", limit=limits.ADDRESS_REFUSAL.limit), delay, quota]
    return _detailed(429, code_pb2.RESOURCE_EXHAUSTED, _TOO_OFTEN, details, _when(limits.LOCALLY_LIMITED))


def _rate_limited(filters: list[Node], message: str, refusal: limits.Refusal) -> Node:
    """A limit's refusal for REST: the details of `_body`, and whose limit it is."""
    body = _body(_Reply(429, "RESOURCE_EXHAUSTED", "RATE_LIMITED", again=True))
    error = body["json_format"]["error"]
    info, retry = error["details"]
    info["metadata"]["limit"] = refusal.limit
    retry["retryDelay"] = refusal.retry_delay
    error["details"].append({"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": refusal.violations})
    error["message"] = message
    return {"filter": _all(filters), "status_code": 429, "body_format_override": body}


def _all(filters: list[Node]) -> Node:
    return filters[0] if len(filters) == 1 else {"and_filter": {"filters": filters}}


def _header(name: str, **match: object) -> Node:
    return {"header_filter": {"header": {"name": name, **match}}}


def _status(http: int) -> Node:
    # Access log filters insist on a runtime key; nothing sets this one.
    comparison = {"op": "EQ", "value": {"default_value": http, "runtime_key": f"malha.local_reply.{http}"}}
    return {"status_code_filter": {"comparison": comparison}}


def _when(expression: str) -> Node:
    return {
        "extension_filter": {
            "name": "envoy.access_loggers.extension_filters.cel",
            "typed_config": typed(
                "envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter", expression=expression
            ),
        }
    }


def _body(reply: _Reply) -> Node:
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
    error = {
        "code": "%RESPONSE_CODE%", "status": reply.status, "message": "%LOCAL_REPLY_BODY%", "details": details,
    }  # fmt: skip
    # A request that Envoy could not even read has no id; then the key is left out.
    return {"content_type": "application/json", "json_format": {"error": error}, "omit_empty_values": True}
