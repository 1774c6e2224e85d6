"""One JSON shape for every failure a REST caller can meet (AIP-193), wherever the failure arose.

Three sources, two mechanisms. Envoy's own replies and the transcoder's are local replies: `local_reply` formats them.
An error of a service arrives as gRPC status and is turned into `google.rpc.Status` by the transcoder
(`convert_grpc_status`): the script of `lua` wraps it. gRPC callers are not concerned: they get `grpc-status` and `grpc-message`.
"""

from __future__ import annotations

from typing import Final

from services.mesh.render.document import Node, typed

DOMAIN = "malha.local"

# HTTP code of a local reply -> (google.rpc.Code, malha.error.v1.Reason). The codes are those of
# google/rpc/code.proto; what it does not name follows the nearest that a client would treat alike.
_BY_HTTP: Final[dict[int, tuple[str, str]]] = {
    400: ("INVALID_ARGUMENT", "EDGE"),
    401: ("UNAUTHENTICATED", "EDGE"),
    403: ("PERMISSION_DENIED", "EDGE"),
    404: ("NOT_FOUND", "METHOD_NOT_FOUND"),
    405: ("UNIMPLEMENTED", "METHOD_NOT_FOUND"),
    408: ("DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED"),
    411: ("INVALID_ARGUMENT", "EDGE"),
    413: ("RESOURCE_EXHAUSTED", "MESSAGE_TOO_LARGE"),
    415: ("INVALID_ARGUMENT", "EDGE"),
    429: ("RESOURCE_EXHAUSTED", "OVERLOADED"),
    431: ("RESOURCE_EXHAUSTED", "EDGE"),
    500: ("INTERNAL", "EDGE"),
    502: ("UNAVAILABLE", "EDGE"),
    503: ("UNAVAILABLE", "EDGE"),
    504: ("DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED"),
}
_BAD_JSON = "response.code_details.startsWith('grpc_json_transcode_failure')"
_TIMED_OUT = "response.code_details == 'max_duration_timeout'"

def local_reply() -> Node:
    """The `local_reply_config` of both listeners."""
    special = (
        (_BAD_JSON, 400, "INVALID_ARGUMENT", "MALFORMED_REQUEST"),
        (_TIMED_OUT, 504, "DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED"),
    )
    return {
        "mappers": [
            _plain_for_grpc(),
            *(
                _mapper([_when(condition), _status(400 if http == 400 else 408)], http, name, reason)
                for condition, http, name, reason in special
            ),
            *(_mapper([_status(http)], http, name, reason) for http, (name, reason) in _BY_HTTP.items()),
        ],
        "body_format": _body("UNKNOWN", "EDGE"),
    }


def _plain_for_grpc() -> Node:
    """The text alone: Envoy puts the formatted body into `grpc-message`."""
    return {
        "filter": {
            "header_filter": {
                "header": {"name": "content-type", "string_match": {"prefix": "application/grpc"}},
            }
        },
        "body_format_override": {"text_format_source": {"inline_string": "%LOCAL_REPLY_BODY%"}},
    }


def _mapper(filters: list[Node], http: int, name: str, reason: str) -> Node:
    return {
        "filter": filters[0] if len(filters) == 1 else {"and_filter": {"filters": filters}},
        "status_code": http,
        "body_format_override": _body(name, reason),
    }


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


def _body(name: str, reason: str) -> Node:
    detail = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": DOMAIN,
        "metadata": {"request_id": "%REQ(X-REQUEST-ID)%"},
    }
    error = {"code": "%RESPONSE_CODE%", "status": name, "message": "%LOCAL_REPLY_BODY%", "details": [detail]}
    return {"content_type": "application/json", "json_format": {"error": error}}
