"""Compiles `protos/` with the protoc of grpcio-tools; imports come from wheels, never from a registry."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

from google.protobuf import descriptor_pb2
from malha._validate import descriptor_bytes

PROTOS = Path("protos")
"""Where the contracts stand, relative to the project."""


class CompileError(Exception):
    """protoc refused the contracts; the text is protoc's own."""


def googleapis_root() -> Path:
    """The folder whose `google/` holds the protos of the googleapis-common-protos wheel."""
    spec = importlib.util.find_spec("google.api.annotations_pb2")
    if spec is None or spec.origin is None:
        raise CompileError("googleapis-common-protos is not installed: run `make setup`")
    return Path(spec.origin).parents[2]


def proto_files(root: Path = PROTOS) -> list[str]:
    """The contracts below `root`, as protoc names them, in a stable order."""
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*.proto"))


def protoc(root: Path, *arguments: str, files: list[str]) -> None:
    """Run protoc on `files` below `root` with the imports of the installed wheels; raises CompileError."""
    with tempfile.TemporaryDirectory(prefix="malha-protoc-") as folder:
        validate = Path(folder, "validate.binpb")
        validate.write_bytes(_validate_closure())
        command = [
            sys.executable, "-m", "grpc_tools.protoc",
            f"--proto_path={root}", f"--proto_path={googleapis_root()}",
            # An absent path makes protoc ask the descriptor set, which it consults after the folders.
            f"--descriptor_set_in={validate}",
            *arguments, *files,
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CompileError(done.stderr.strip())


def descriptor_set(root: Path = PROTOS) -> descriptor_pb2.FileDescriptorSet:
    """The compiled contracts with their comments and all their imports, each file after what it imports."""
    with tempfile.TemporaryDirectory(prefix="malha-protoc-") as folder:
        out = Path(folder, "contracts.binpb")
        protoc(
            root,
            f"--descriptor_set_out={out}", "--include_imports", "--include_source_info",
            files=proto_files(root),
        )  # fmt: skip
        return descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())


def _validate_closure() -> bytes:
    """`buf/validate/validate.proto` and the well-known files it imports, which protoc wants in the same set."""
    from google.protobuf import duration_pb2, field_mask_pb2, timestamp_pb2

    files = descriptor_pb2.FileDescriptorSet()
    for module in (descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2):
        module.DESCRIPTOR.CopyToProto(files.file.add())
    files.file.add().MergeFromString(descriptor_bytes())
    return files.SerializeToString()
