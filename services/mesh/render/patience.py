"""How long Envoy waits for a call, and when it tries again: what the contract of the method allows, no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.mesh.render.document import Node, seconds, typed

if TYPE_CHECKING:
    from services.mesh.policies import Method

# The service enforces the method's time as well and answers with a better error; Envoy cuts off what does not.
_GRACE_SECONDS = 0.5
_RETRIES = 2
# What tells that no service has seen the call: safe to repeat whatever the method does.
_UNSEEN = "connect-failure,refused-stream,reset-before-request"
_FAILED = f"{_UNSEEN},reset,unavailable"


def times(limit: float) -> Node:
    """The fields of a route action that bound a call to `limit` seconds, and to the caller's own shorter deadline."""
    return {
        # The bound on the whole stream replaces the bound on the answer, which would cut streams at 15 s.
        "timeout": "0s",
        "idle_timeout": seconds(limit + _GRACE_SECONDS),
        "max_stream_duration": {
            "max_stream_duration": seconds(limit + _GRACE_SECONDS),
            "grpc_timeout_header_max": seconds(limit + _GRACE_SECONDS),
        },
    }


def retries(method: Method) -> Node:
    """The retry policy of a method's route."""
    repeatable = method.repeatable and method.unary
    policy: Node = {
        "retry_on": _FAILED if repeatable else _UNSEEN,
        "num_retries": _RETRIES,
        "retry_back_off": {"base_interval": "0.025s", "max_interval": "0.25s"},
        "retry_host_predicate": [
            {
                "name": "envoy.retry_host_predicates.previous_hosts",
                "typed_config": typed("envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"),
            }
        ],
        "host_selection_retry_max_attempts": 5,
    }
    if repeatable:
        # A frozen replica must not eat the whole time: the next try goes elsewhere.
        policy["per_try_timeout"] = seconds(method.timeout_seconds / (_RETRIES + 1) + _GRACE_SECONDS)
    return policy
