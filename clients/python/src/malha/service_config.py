"""Timeouts, sizes and retries of every method, read from the policies in the compiled contracts, for channels."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions

from malha.policy.v1 import policy_pb2
from malha.version import VERSION

DEFAULT_MESSAGE_BYTES = 4 * 1024 * 1024
"""What a size of zero in a policy means."""

# Five attempts, the most that gRPC makes, within about two seconds: enough to get over the loss of a replica, also of
# one that was frozen with a request in hand.
_RETRY_POLICY = {"maxAttempts": 5, "initialBackoff": "0.1s", "maxBackoff": "1s", "backoffMultiplier": 2}
# Only UNAVAILABLE says that nothing was decided ...
_UNDECIDED = ["UNAVAILABLE"]
# ... and where a request id makes a repetition safe, ABORTED says that an earlier attempt still runs: its answer will
# be this one's, too.
_UNDER_WAY = [*_UNDECIDED, "ABORTED"]

# A client stops retrying when more than about a tenth of its calls fail, so that it never doubles an overload.
_RETRY_THROTTLING = {"maxTokens": 100, "tokenRatio": 0.1}

# gRPC's core counts a timeout of a service config from a moment that lies 1 to 2 s in the past, always the same in one
# process (grpc/grpc#34547, #40633, still so in 1.85.1). It is what is left for stubs that are called without a timeout,
# against a server that has gone silent; so it may be late, but must never be early.
_EARLY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class MethodPolicy:
    """What the client needs to know of one method."""

    timeout: float
    """The longest a call may run, in seconds."""
    retryable: bool
    """Whether a failed call may be sent again without asking."""
    by_request_id: bool
    """Whether that is so because its request carries an id."""
    max_request_bytes: int
    max_response_bytes: int
    resumable: bool
    """Whether a stream that was cut off can be taken up where it ended."""
    rate_cost: int
    """As how many calls it counts where somebody may make only so many."""


class PolicyMissingError(LookupError):
    """A method of the contract carries no policy: it was not built with the rules of this project."""


def policies(service: ServiceDescriptor) -> Mapping[str, MethodPolicy]:
    """The policy of each method of a service, by the method's short name.

    Raises:
        PolicyMissingError: a method has no `malha.policy.v1.method` option.
    """
    return {method.name: policy_of(method) for method in service.methods}


def service_config(services: Iterable[ServiceDescriptor]) -> str:
    """The gRPC service config (JSON) of some services, for the channel option `grpc.service_config`."""
    methods = [
        _method_config(service.full_name, name, policy)
        for service in services
        for name, policy in policies(service).items()
    ]
    return json.dumps({"methodConfig": methods, "retryThrottling": _RETRY_THROTTLING})


def largest_messages(services: Iterable[ServiceDescriptor]) -> tuple[int, int]:
    """The largest request and the largest response of any method, in bytes."""
    all_policies = [policy for service in services for policy in policies(service).values()]
    return (
        max((policy.max_request_bytes for policy in all_policies), default=DEFAULT_MESSAGE_BYTES),
        max((policy.max_response_bytes for policy in all_policies), default=DEFAULT_MESSAGE_BYTES),
    )


@cache
def channel_options(services: tuple[ServiceDescriptor, ...]) -> tuple[tuple[str, str | int], ...]:
    """The channel options for some services: service config, largest messages, user agent."""
    largest_request, largest_response = largest_messages(services)
    return (
        ("grpc.service_config", service_config(services)),
        # The contract in this client is the truth; a service config from DNS would be somebody else's.
        ("grpc.service_config_disable_resolution", 1),
        ("grpc.max_send_message_length", largest_request),
        ("grpc.max_receive_message_length", largest_response),
        ("grpc.primary_user_agent", f"malha-client/{VERSION}"),
    )


def policy_of(method: MethodDescriptor) -> MethodPolicy:
    """The policy of one method.

    Raises:
        PolicyMissingError: the method has no `malha.policy.v1.method` option.
    """
    options = method.GetOptions()
    if not options.HasExtension(policy_pb2.method):
        raise PolicyMissingError(f"{method.full_name} has no policy")
    written = options.Extensions[policy_pb2.method]
    return MethodPolicy(
        timeout=written.timeout.ToTimedelta().total_seconds(),
        retryable=_retryable(written.retry, options.idempotency_level),
        by_request_id=written.retry == policy_pb2.RETRY_SAFE_WITH_REQUEST_ID,
        max_request_bytes=written.max_request_bytes or DEFAULT_MESSAGE_BYTES,
        max_response_bytes=written.max_response_bytes or DEFAULT_MESSAGE_BYTES,
        resumable=written.resumable,
        rate_cost=written.rate_cost or 1,
    )


def permissions(service: ServiceDescriptor) -> frozenset[str]:
    """The permissions that a service's methods ask for."""
    written = [method.GetOptions().Extensions[policy_pb2.method] for method in service.methods]
    return frozenset(name for each in written for name in (each.permission, *each.further_permissions))


def _retryable(retry: policy_pb2.Retry.ValueType, idempotency: MethodOptions.IdempotencyLevel.ValueType) -> bool:
    if retry == policy_pb2.RETRY_UNSPECIFIED:
        return idempotency != MethodOptions.IDEMPOTENCY_UNKNOWN
    # RETRY_SAFE_WITH_REQUEST_ID counts as safe here: the client sets a request id wherever a request has one.
    return retry != policy_pb2.RETRY_NEVER


def _method_config(service: str, method: str, policy: MethodPolicy) -> dict[str, object]:
    config: dict[str, object] = {
        "name": [{"service": service, "method": method}],
        "timeout": f"{policy.timeout + _EARLY_SECONDS:g}s",
        "maxRequestMessageBytes": policy.max_request_bytes,
        "maxResponseMessageBytes": policy.max_response_bytes,
    }
    if policy.retryable:
        codes = _UNDER_WAY if policy.by_request_id else _UNDECIDED
        config["retryPolicy"] = {**_RETRY_POLICY, "retryableStatusCodes": codes}
    return config
