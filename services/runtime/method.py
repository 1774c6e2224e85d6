"""What the contract promises about each rpc, read once from the descriptors."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

from google.protobuf import descriptor_pool
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from malha.policy.v1 import policy_pb2
from malha.service_config import DEFAULT_MESSAGE_BYTES

from services.runtime.identity.spiffe import ENVOY, MESH, OPERATOR

# Envoy asks for health, hands reflection on and asks about limits; the supervisor and the operator look inside; all
# send their spans.
_PLATFORM_PEERS = {
    "grpc.health.v1.Health": frozenset({ENVOY, MESH}),
    "grpc.reflection.v1.ServerReflection": frozenset({ENVOY, OPERATOR}),
    "grpc.reflection.v1alpha.ServerReflection": frozenset({ENVOY, OPERATOR}),
    "grpc.channelz.v1.Channelz": frozenset({MESH, OPERATOR}),
    "opentelemetry.proto.collector.trace.v1.TraceService": frozenset(),
    "envoy.service.ratelimit.v3.RateLimitService": frozenset({ENVOY}),
    "opentelemetry.proto.collector.logs.v1.LogsService": frozenset({ENVOY}),
}


_PERMISSION = re.compile(r"[a-z][a-z0-9]*(\.[a-z][a-zA-Z0-9]*){2}")
_FEATURE = re.compile(r"[a-z][a-z0-9]*([.-][a-z0-9]+)*")


class ContractIncomplete(Exception):
    """A service cannot be served: its contract or its implementation lacks something."""


class Access(IntEnum):
    """What a caller from outside must prove; `malha.policy.v1.Access`."""

    TOKEN = policy_pb2.ACCESS_UNSPECIFIED
    ANONYMOUS = policy_pb2.ACCESS_ANONYMOUS
    USER = policy_pb2.ACCESS_USER
    SERVICE = policy_pb2.ACCESS_SERVICE


class Audit(IntEnum):
    """Which calls, beside those refused, leave an entry in the audit log; `malha.policy.v1.Audit`."""

    CHANGES = policy_pb2.AUDIT_UNSPECIFIED
    EVERY_CALL = policy_pb2.AUDIT_EVERY_CALL
    NEVER = policy_pb2.AUDIT_NEVER


class Shape(StrEnum):
    """Which sides of an rpc stream; the values are Prometheus's customary `grpc_type` labels."""

    UNARY_UNARY = "unary"
    UNARY_STREAM = "server_stream"
    STREAM_UNARY = "client_stream"
    STREAM_STREAM = "bidi_stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One rpc. Times in seconds, sizes in bytes; `timeout` is None for the endless streams of the platform only."""

    path: str
    service: str
    name: str
    shape: Shape
    parse: Callable[[bytes], Any]
    timeout: float | None
    max_request_bytes: int = DEFAULT_MESSAGE_BYTES
    max_response_bytes: int = DEFAULT_MESSAGE_BYTES
    permission: str = ""
    # How long an answer may be served from a cache; 0 means never. And how long an old one, when no new one can be had.
    cache_lifetime: float = 0.0
    stale_if_error: float = 0.0
    # The workloads that may call; empty means nobody.
    callers: frozenset[str] = frozenset()
    # Whose token a call from outside must bring; the feature that switches the method off; what of it is audited.
    access: Access = Access.TOKEN
    feature: str = ""
    audit: Audit = Audit.CHANGES
    # Whether its contract says that it changes nothing.
    reads: bool = False
    # A method of the platform (health, reflection, channelz) has no policy and is never refused for load or deadline.
    platform: bool = False
    # For a method of the platform: the workloads at the other end of the connection; empty means any of the mesh.
    peers: frozenset[str] = frozenset()

    @property
    def quiet(self) -> bool:
        """Whether a call that succeeds is of no interest to anybody: a sign of life, a question asked every second."""
        return self.platform or (self.reads and self.audit is Audit.NEVER)


def is_permission(name: str) -> bool:
    """Whether `name` has the form of a permission, `<area>.<resource>.<verb>`, such as `analysis.reports.read`."""
    return _PERMISSION.fullmatch(name) is not None


def shape_of(request_streaming: bool, response_streaming: bool) -> Shape:
    """The shape of an rpc whose sides stream or do not."""
    if request_streaming:
        return Shape.STREAM_STREAM if response_streaming else Shape.STREAM_UNARY
    return Shape.UNARY_STREAM if response_streaming else Shape.UNARY_UNARY


def describe(service: str, name: str, shape: Shape, parse: Callable[[bytes], Any]) -> Method:
    """The method `name` of `service` with its policy.

    Raises:
        ContractIncomplete: the method carries no `malha.policy.v1.method` option, one without permission or timeout, or
            one that says what nobody understands.
    """
    descriptor: MethodDescriptor = descriptor_pool.Default().FindMethodByName(f"{service}.{name}")
    options = descriptor.GetOptions()
    if not options.HasExtension(policy_pb2.method):
        raise ContractIncomplete(f"{service}.{name} has no (malha.policy.v1.method) option")
    policy = options.Extensions[policy_pb2.method]
    timeout = policy.timeout.ToTimedelta().total_seconds()
    if not policy.permission or timeout <= 0:
        raise ContractIncomplete(f"the policy of {service}.{name} lacks a permission or a timeout")
    if not is_permission(policy.permission) or (policy.feature and not _FEATURE.fullmatch(policy.feature)):
        raise ContractIncomplete(f"{service}.{name} has an ill-formed permission or feature")
    lifetime = policy.cache_lifetime.ToTimedelta().total_seconds()
    stale = policy.stale_if_error.ToTimedelta().total_seconds()
    reads = options.idempotency_level == MethodOptions.NO_SIDE_EFFECTS
    if (lifetime or stale) and not (lifetime > 0 <= stale and reads and shape is Shape.UNARY_UNARY):
        raise ContractIncomplete(f"{service}.{name} may not be cached: it has effects, streams, or no cache_lifetime")
    if policy.resumable and not (reads and shape is Shape.UNARY_STREAM):
        raise ContractIncomplete(f"{service}.{name} cannot be taken up again: it has effects, or does not stream")
    return Method(
        path=f"/{service}/{name}",
        service=service,
        name=name,
        shape=shape,
        parse=parse,
        timeout=timeout,
        max_request_bytes=policy.max_request_bytes or DEFAULT_MESSAGE_BYTES,
        max_response_bytes=policy.max_response_bytes or DEFAULT_MESSAGE_BYTES,
        permission=policy.permission,
        cache_lifetime=lifetime,
        stale_if_error=stale,
        callers=frozenset(policy.callers),
        access=Access(policy.access),
        feature=policy.feature,
        audit=Audit(policy.audit),
        reads=reads,
    )


def is_platform(service: str) -> bool:
    """Whether a service is a standard one, which carries no policy of ours."""
    return service in _PLATFORM_PEERS


def platform_method(service: str, name: str, shape: Shape, parse: Callable[[bytes], Any]) -> Method:
    """A method of a standard service: one without a contract of ours; see `is_platform`."""
    timeout = 5.0 if shape is Shape.UNARY_UNARY else None
    return Method(
        path=f"/{service}/{name}",
        service=service,
        name=name,
        shape=shape,
        parse=parse,
        timeout=timeout,
        platform=True,
        peers=_PLATFORM_PEERS[service],
    )
