"""One JSON shape for every failure a REST caller can meet (AIP-193), wherever the failure arose.

There are three sources and two mechanisms. Envoy's own replies and the transcoder's are local replies: `local_reply`
formats them. An error of a service arrives as gRPC status and is turned into `google.rpc.Status` by the transcoder
(`convert_grpc_status`): the script of `lua` wraps it. gRPC callers are not concerned: they get `grpc-status` and
`grpc-message`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from google.rpc import code_pb2, error_details_pb2

from services.mesh.render import limits, refusals, replies
from services.mesh.render.document import Node
from services.mesh.render.replies import Reply
from services.runtime.identity.spiffe import spiffe_id

if TYPE_CHECKING:
    from collections.abc import Sequence

_TIMED_OUT = "the call did not finish within its time"
_AWAY = "the service cannot be reached now"
_FULL = "the edge is at its limit; try again"
_TOO_OFTEN = "too many calls from this address"

# The codes are those of google/rpc/code.proto; what it does not name follows the nearest that a client treats alike.
_REPLIES: Final = (
    Reply(400, "INVALID_ARGUMENT", "EDGE", "the edge cannot read this request"),
    Reply(401, "UNAUTHENTICATED", "EDGE"),
    Reply(403, "PERMISSION_DENIED", "EDGE"),
    Reply(404, "NOT_FOUND", "METHOD_NOT_FOUND", "no method has this path and verb"),
    Reply(405, "UNIMPLEMENTED", "METHOD_NOT_FOUND", "this path takes gRPC alone, which is a POST"),
    Reply(408, "DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED", "the request did not arrive within its time"),
    Reply(411, "INVALID_ARGUMENT", "EDGE", "the request needs a content-length"),
    Reply(413, "RESOURCE_EXHAUSTED", "MESSAGE_TOO_LARGE", "the request is larger than the method allows"),
    Reply(415, "INVALID_ARGUMENT", "EDGE", "this path takes gRPC alone: application/grpc or application/grpc-web"),
    Reply(429, "RESOURCE_EXHAUSTED", "OVERLOADED", "too many requests", again=True),
    Reply(431, "RESOURCE_EXHAUSTED", "EDGE", "the request's headers are too large or too many"),
    Reply(500, "INTERNAL", "EDGE", "the edge failed"),
    Reply(502, "UNAVAILABLE", "EDGE", "the service answered with something unreadable"),
    Reply(503, "UNAVAILABLE", "EDGE", _AWAY, again=True),
    Reply(504, "DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED", _TIMED_OUT),
)
# The transcoder's texts tell the caller what is wrong with the JSON or the query.
_UNREADABLE: Final = Reply(400, "INVALID_ARGUMENT", "MALFORMED_REQUEST")
_FROM_TRANSCODER = "response.code_details.contains('grpc_json_transcode_failure')"
_BY_OVERLOAD = "response.code_details == 'overload'"
_BY_DURATION = "response.code_details == 'max_duration_timeout'"


def local_reply(callers: Sequence[str] = (), *, guarded: bool = False, limited: bool = False) -> Node:
    """The `local_reply_config` of a listener; the inner one knows its `callers` by their certificates.

    With `guarded`, its calls need tokens; see `tokens`. With `limited`, they are counted; see `limits`.
    """
    unavailable = code_pb2.UNAVAILABLE
    return {
        "mappers": [
            *(refusals.mappers() if guarded else ()),
            replies.explained(404, code_pb2.UNIMPLEMENTED, replies.info("METHOD_NOT_FOUND"), "there is no such method"),
            *(_refused(caller) for caller in callers),
            replies.explained(503, unavailable, replies.info("EDGE"), _FULL, replies.when(_BY_OVERLOAD)),
            replies.explained(503, unavailable, replies.info("EDGE"), _AWAY),
            *((_too_often(),) if limited else ()),
            # What the limiter refuses it has explained.
            replies.to_grpc([], {}),
            *(_refused_by_limits() if limited else ()),
            replies.to_rest([replies.status_is(400), replies.when(_FROM_TRANSCODER)], _UNREADABLE),
            replies.to_rest(
                [replies.when(_BY_DURATION)], Reply(504, "DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED", _TIMED_OUT)
            ),
            replies.to_rest([replies.when(_BY_OVERLOAD)], Reply(503, "UNAVAILABLE", "EDGE", _FULL, again=True)),
            *(replies.to_rest([replies.status_is(reply.http)], reply) for reply in _REPLIES),
        ],
        "body_format": replies.body(Reply(0, "UNKNOWN", "EDGE")),
    }


def _refused(caller: str) -> Node:
    """The refusal of the matrix, for one workload, since only fixed text can name it."""
    by = replies.when(f"connection.uri_san_peer_certificate == '{spiffe_id(caller)}'")
    info = replies.info("CALLER_NOT_ALLOWED", caller=caller)
    return replies.explained(403, code_pb2.PERMISSION_DENIED, info, f"{caller} may not call this method", by)


def _refused_by_limits() -> list[Node]:
    return [
        _rate_limited([replies.when(limits.LIMITED)], replies.BODY, limits.REFUSAL),
        _rate_limited([replies.when(limits.LOCALLY_LIMITED)], _TOO_OFTEN, limits.ADDRESS_REFUSAL),
    ]


def _too_often() -> Node:
    """The refusal of an address, for gRPC."""
    delay, quota = error_details_pb2.RetryInfo(), error_details_pb2.QuotaFailure()
    delay.retry_delay.FromSeconds(limits.AGAIN_SECONDS)
    quota.violations.add(**limits.VIOLATION)
    details = [replies.info("RATE_LIMITED", limit=limits.ADDRESS_REFUSAL.limit), delay, quota]
    return replies.detailed(429, code_pb2.RESOURCE_EXHAUSTED, _TOO_OFTEN, details, replies.when(limits.LOCALLY_LIMITED))


def _rate_limited(filters: list[Node], message: str, refusal: limits.Refusal) -> Node:
    """A limit's refusal for REST: the details of `body`, and whose limit it is."""
    body = replies.body(Reply(429, "RESOURCE_EXHAUSTED", "RATE_LIMITED", again=True))
    error = body["json_format"]["error"]
    info, retry = error["details"]
    info["metadata"]["limit"] = refusal.limit
    retry["retryDelay"] = refusal.retry_delay
    error["details"].append({"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": refusal.violations})
    error["message"] = message
    return {"filter": replies.every(filters), "status_code": 429, "body_format_override": body}
