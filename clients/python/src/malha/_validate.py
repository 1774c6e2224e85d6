"""Puts `buf/validate/validate.proto` into protobuf's default pool, where the generated stubs look for it.

The stubs' descriptors name that file as an import. Its only home on PyPI is the descriptor inside the `protovalidate`
wheel, so it is read from there instead of shipping a copy of somebody else's generated code.
"""

from google.protobuf import descriptor_pb2, descriptor_pool, duration_pb2, field_mask_pb2, timestamp_pb2
from protovalidate._gen.buf.validate import validate_pb

FILE = "buf/validate/validate.proto"

# The pool resolves imports by name, so these files must be in it first.
_IMPORTS = (descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2)


def _register() -> None:
    pool = descriptor_pool.Default()
    try:
        pool.FindFileByName(FILE)
    except KeyError:
        pool.AddSerializedFile(descriptor_bytes())


def descriptor_bytes() -> bytes:
    """The serialised `FileDescriptorProto` of `buf/validate/validate.proto`."""
    return bytes(validate_pb.desc().proto.to_binary())


_register()
