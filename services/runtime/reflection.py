"""Reflection under both names that tools ask for.

grpcio-reflection serves `v1alpha` only, while grpcurl and others ask for `v1` first. The two protocols are equal but
for the package, so `v1` is the same servicer under another name, and its descriptor is made from v1alpha's.
"""

from collections.abc import Iterable
from contextlib import suppress
from importlib import import_module
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import Descriptor, FileDescriptor
from google.rpc import error_details_pb2
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha._async import ReflectionServicer
from malha.error.v1 import reason_pb2

ALPHA = "grpc.reflection.v1alpha.ServerReflection"
V1 = "grpc.reflection.v1.ServerReflection"
METHOD = "ServerReflectionInfo"
_V1_FILE = "grpc/reflection/v1/reflection.proto"

# What no service's file imports and yet a caller meets: the details of errors, and the reasons they name.
_ALWAYS = (error_details_pb2.DESCRIPTOR, reason_pb2.DESCRIPTOR)

parse_request = reflection_pb2.ServerReflectionRequest.FromString


def make_servicer(services: Iterable[str]) -> ReflectionServicer:
    """The servicer for both versions, which lists those of `services` that have a descriptor here.

    A foreign service that is spoken with messages of our own has none.
    """
    _describe_v1()
    names = tuple(service for service in services if _described(service))
    return ReflectionServicer(names, pool=_Symbols(_named_pool(names)))


def services_of(contracts: Iterable[str]) -> frozenset[str]:
    """The names of the services in generated modules, which are imported; an older release may lack some of them."""
    found: set[str] = set()
    for contract in contracts:
        with suppress(ModuleNotFoundError):
            found |= {service.full_name for service in import_module(contract).DESCRIPTOR.services_by_name.values()}
    return frozenset(found)


def _described(service: str) -> bool:
    with suppress(KeyError):
        descriptor_pool.Default().FindServiceByName(service)
        return True
    return False


class _Symbols:
    """A pool that also finds the file of a method or field by its full name, as the protocol wants; protobuf's own
    finds only what stands at the top of a file, and nested types."""

    def __init__(self, pool: descriptor_pool.DescriptorPool) -> None:
        self._pool = pool

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)

    def FindFileContainingSymbol(self, symbol: str) -> FileDescriptor:  # noqa: N802 - the pool's name
        """The file; raises KeyError."""
        try:
            return self._pool.FindFileContainingSymbol(symbol)
        except KeyError:
            owner, _, member = symbol.rpartition(".")
            if not owner or not self._has(owner, member):
                raise
            return self._pool.FindFileContainingSymbol(owner)

    def _has(self, owner: str, member: str) -> bool:
        for find, members in (("FindServiceByName", "methods_by_name"), ("FindMessageTypeByName", "fields_by_name")):
            with suppress(KeyError):
                return member in getattr(getattr(self._pool, find)(owner), members)
        return False


def _named_pool(services: Iterable[str]) -> descriptor_pool.DescriptorPool:
    """A pool of the services' files in which fields have their JSON names.

    protoc leaves the names out of Python's descriptors, since they follow from the fields' own; grpcurl takes a missing
    one for the field's own and would show `create_time` where REST has `createTime`.
    """
    known, pool = descriptor_pool.Default(), descriptor_pool.DescriptorPool()
    added: set[str] = set()

    def add(file: FileDescriptor) -> None:
        if file.name in added:
            return
        added.add(file.name)
        for dependency in file.dependencies:
            add(dependency)
        proto = descriptor_pb2.FileDescriptorProto()
        file.CopyToProto(proto)
        for message in proto.message_type:
            _name_fields(message, known.FindMessageTypeByName(f"{proto.package}.{message.name}"))
        pool.Add(proto)

    for service in services:
        add(known.FindFileContainingSymbol(service))
    for file in _ALWAYS:
        add(file)
    return pool


def _name_fields(proto: descriptor_pb2.DescriptorProto, message: Descriptor) -> None:
    for field in proto.field:
        field.json_name = message.fields_by_name[field.name].json_name
    for nested in proto.nested_type:
        _name_fields(nested, message.nested_types_by_name[nested.name])


def _describe_v1() -> None:
    """Puts the descriptor of `v1` into the pool, so that tools can describe the service they talk to."""
    pool = descriptor_pool.Default()
    try:
        pool.FindFileByName(_V1_FILE)
    except KeyError:
        file = descriptor_pb2.FileDescriptorProto()
        reflection_pb2.DESCRIPTOR.CopyToProto(file)
        pool.Add(_renamed(file))


def _renamed(file: descriptor_pb2.FileDescriptorProto) -> descriptor_pb2.FileDescriptorProto:
    file.name = _V1_FILE
    file.package = file.package.replace("v1alpha", "v1")
    for message in file.message_type:
        for field in message.field:
            if field.type_name:  # setting it, even to nothing, would make a message of a scalar
                field.type_name = field.type_name.replace(".v1alpha.", ".v1.")
    for method in file.service[0].method:
        method.input_type = method.input_type.replace(".v1alpha.", ".v1.")
        method.output_type = method.output_type.replace(".v1alpha.", ".v1.")
    return file
