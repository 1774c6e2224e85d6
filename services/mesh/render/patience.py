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
# RESOURCE_EXHAUSTED is never here: a service that has too much to do is not given more.
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


def repetition(method: Method) -> Node:
    """The fields of a route action that say when a call is sent again, to another replica if there is one.

    What has been answered in part is never sent again, so a stream of answers is only before its first one.
    """
    repeatable = method.repeatable and not method.client_streaming
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
        # The dead are the least busy, and so the first to be chosen again and again.
        "host_selection_retry_max_attempts": 30,
        # A zone with one replica would offer the same again.
        "retry_priority": {
            "name": "envoy.retry_priorities.previous_priorities",
            "typed_config": typed(
                "envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig", update_frequency=1
            ),
        },
    }
    if not (repeatable and method.unary and method.hedged):
        # What changes something, or works long, goes on where it began, as long as somebody is there: see `clusters`.
        return {"retry_policy": policy}
    # A replica that does not answer must not eat the whole time. A slow answer is as good as a fast one, though, so the
    # first try goes on beside the second.
    policy["per_try_timeout"] = seconds(method.timeout_seconds / (_RETRIES + 1))
    return {"retry_policy": policy, "hedge_policy": {"hedge_on_per_try_timeout": True}}
