"""Reflection under both names that tools ask for.

grpcio-reflection serves `v1alpha` only, while grpcurl and others ask for `v1` first. The two protocols are equal but
for the package, so `v1` is the same servicer under another name, and its descriptor is made from v1alpha's.
"""

from collections.abc import Iterable

from google.protobuf import descriptor_pb2, descriptor_pool
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha._async import ReflectionServicer

ALPHA = "grpc.reflection.v1alpha.ServerReflection"
V1 = "grpc.reflection.v1.ServerReflection"
METHOD = "ServerReflectionInfo"
_V1_FILE = "grpc/reflection/v1/reflection.proto"

parse_request = reflection_pb2.ServerReflectionRequest.FromString


def make_servicer(services: Iterable[str]) -> ReflectionServicer:
    """The servicer for both versions, which lists `services`."""
    _describe_v1()
    return ReflectionServicer(services)


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
