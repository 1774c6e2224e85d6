"""Reads what each method promises from the compiled contracts: the one source of timeouts, retries and sizes."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from google.api import annotations_pb2, field_behavior_pb2
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import Descriptor, FileDescriptor, MethodDescriptor
from google.rpc import error_details_pb2
from malha.policy.v1 import policy_pb2
from malha.service_config import DEFAULT_MESSAGE_BYTES

from services.runtime.identity.spiffe import EDGE
from services.runtime.method import Access, is_permission

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.mesh.topology import Service

_REPEATABLE = (
    descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS,
    descriptor_pb2.MethodOptions.IDEMPOTENT,
)
_HTTP_BODY = "google.api.HttpBody"


class PolicyMissing(Exception):
    """A method of ours has no policy, or one that lacks something: the contract is not finished."""


@dataclass(frozen=True, slots=True)
class Method:
    """What the mesh needs to know of one rpc."""

    service: str
    name: str
    timeout_seconds: float
    repeatable: bool
    """Whether Envoy may send the call again by itself after the service may have seen it."""
    hedged: bool
    """Whether two tries of one call may run side by side: it only reads, and neither is in the other's way."""
    callers: tuple[str, ...]
    """The workloads that may call it; `EDGE` is whatever comes through the edge."""
    permission: str
    """What the token of a call through the edge has to hold."""
    access: Access
    """Whose token it has to be, if any."""
    feature: str
    """The flag that switches it on and off; empty: nothing does."""
    cache_seconds: float
    """How long an answer may be served from a cache; 0: never."""
    rate_cost: int
    """How much of its caller's limits one call takes, at least 1."""
    client_streaming: bool
    server_streaming: bool
    max_request_bytes: int
    max_response_bytes: int
    rest_path: str
    """The path template of its REST form; empty when it has none."""
    response_body: str
    """The one field of the answer that a REST caller gets, in JSON's spelling; empty: all of the answer."""

    @property
    def path(self) -> str:
        """The gRPC path, `/package.Service/Method`."""
        return f"/{self.service}/{self.name}"

    @property
    def has_rest(self) -> bool:
        """Whether it can be called over REST."""
        return bool(self.rest_path)

    @property
    def at_edge(self) -> bool:
        """Whether it can be called from outside at all."""
        return EDGE in self.callers

    @property
    def unary(self) -> bool:
        """Whether neither side streams."""
        return not (self.client_streaming or self.server_streaming)


def methods(service: Service) -> tuple[Method, ...]:
    """The methods that `service` serves, in the order of its contracts; raises PolicyMissing."""
    return tuple(
        of(method)
        for file in _files(service)
        for contract in file.services_by_name.values()
        for method in contract.methods
    )


def edge_methods(service: Service) -> tuple[Method, ...]:
    """Those of `methods` that can be called from outside."""
    return tuple(method for method in methods(service) if method.at_edge)


def rest_services(services: Iterable[Service]) -> tuple[str, ...]:
    """The full names of the gRPC services with at least one REST binding that the edge serves."""
    found = {method.service: None for service in services for method in edge_methods(service) if method.has_rest}
    return tuple(found)


def descriptor_set(services: Iterable[Service]) -> bytes:
    """The serialised `FileDescriptorSet` the transcoder needs: the contracts, the error details, and all imports."""
    out = descriptor_pb2.FileDescriptorSet()
    seen: set[str] = set()

    def add(file: FileDescriptor) -> None:
        if file.name in seen:
            return
        seen.add(file.name)
        for dependency in file.dependencies:
            add(dependency)
        copy = out.file.add()
        file.CopyToProto(copy)
        _drop_response_bodies(copy)

    for service in services:
        for file in _files(service):
            add(file)
    # Without them the transcoder cannot print the details of an error.
    add(error_details_pb2.DESCRIPTOR)
    return out.SerializeToString(deterministic=True)


def _drop_response_bodies(file: descriptor_pb2.FileDescriptorProto) -> None:
    """Envoy refuses a `response_body` that is not an HttpBody; the edge's Lua does it instead: `render.lua`."""
    pages = _page_types(file)
    for service in file.service:
        for method in service.method:
            if method.options.HasExtension(annotations_pb2.http) and method.output_type not in pages:
                method.options.Extensions[annotations_pb2.http].ClearField("response_body")


def _page_types(file: descriptor_pb2.FileDescriptorProto) -> set[str]:
    """The messages of a file that hold nothing but what a REST caller gets as it is."""
    return {
        f".{file.package}.{message.name}"
        for message in file.message_type
        if [field.type_name for field in message.field] == [f".{_HTTP_BODY}"]
    }


def _shaped_field(method: MethodDescriptor, field: str) -> str:
    """The field of an answer that a REST caller gets, where the transcoder does not see to it by itself."""
    if not field:
        return ""
    found = method.output_type.fields_by_name[field]
    whole = found.message_type is not None and found.message_type.full_name == _HTTP_BODY
    return "" if whole else str(found.json_name)


def _files(service: Service) -> list[FileDescriptor]:
    return [importlib.import_module(name).DESCRIPTOR for name in service.contracts]


def of(method: MethodDescriptor) -> Method:
    """What the contract says of a method; raises PolicyMissing."""
    options = method.GetOptions()
    if not options.HasExtension(policy_pb2.method):
        raise PolicyMissing(f"{method.full_name} has no (malha.policy.v1.method)")
    policy = options.Extensions[policy_pb2.method]
    timeout = policy.timeout.ToTimedelta().total_seconds()
    if timeout <= 0:
        raise PolicyMissing(f"{method.full_name} has no timeout")
    if not is_permission(policy.permission):
        raise PolicyMissing(f"{method.full_name} has no permission of the form <area>.<resource>.<verb>")
    return Method(
        service=method.containing_service.full_name,
        name=method.name,
        timeout_seconds=timeout,
        repeatable=_repeatable(method, policy.retry, options.idempotency_level),
        hedged=options.idempotency_level == descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS,
        callers=tuple(policy.callers),
        permission=policy.permission,
        access=Access(policy.access),
        feature=policy.feature,
        cache_seconds=policy.cache_lifetime.ToTimedelta().total_seconds(),
        rate_cost=policy.rate_cost or 1,
        client_streaming=method.client_streaming,
        server_streaming=method.server_streaming,
        max_request_bytes=policy.max_request_bytes or DEFAULT_MESSAGE_BYTES,
        max_response_bytes=policy.max_response_bytes or DEFAULT_MESSAGE_BYTES,
        rest_path=_rest_path(options),
        response_body=_shaped_field(method, options.Extensions[annotations_pb2.http].response_body),
    )


def _repeatable(method: MethodDescriptor, retry: policy_pb2.Retry.ValueType, idempotency: int) -> bool:
    """RETRY_SAFE_WITH_REQUEST_ID counts where the contract demands the `request_id`: Envoy does not look into messages,
    but a service refuses one without it, so what is repeated has one."""
    if retry == policy_pb2.RETRY_UNSPECIFIED:
        return idempotency in _REPEATABLE
    if retry == policy_pb2.RETRY_SAFE_WITH_REQUEST_ID:
        return _demands_request_id(method.input_type)
    return retry == policy_pb2.RETRY_SAFE


def _demands_request_id(request: Descriptor) -> bool:
    field = request.fields_by_name.get("request_id")
    if field is None:
        return False
    behaviours = field.GetOptions().Extensions[field_behavior_pb2.field_behavior]
    return field_behavior_pb2.REQUIRED in behaviours


def _rest_path(options: descriptor_pb2.MethodOptions) -> str:
    rule = options.Extensions[annotations_pb2.http]
    pattern = rule.WhichOneof("pattern")
    return str(getattr(rule, pattern)) if pattern and pattern != "custom" else ""
