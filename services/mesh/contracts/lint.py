"""Runs buf over the compiled contracts: lint, breaking changes, format. Nothing is fetched."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
from io import BytesIO
from pathlib import Path

from google.protobuf import descriptor_pb2

from services.mesh.contracts.compile import PROTOS, CompileError, descriptor_set
from services.runtime.varint import varint

# `buf.alpha.image.v1.ImageFile.buf_extension`, and in it `is_import`: how buf knows a file that is only imported.
_IMPORT_MARK = bytes([0xD2, 0xF6, 0x03, 0x02, 0x08, 0x01])
_OURS = "malha/"


def lint(root: Path = PROTOS) -> str:
    """What `buf lint` has to say of the contracts below `root`; empty when all is well."""
    with _Image(descriptor_set(root)) as image:
        return _buf("lint", image, "--config", "buf.yaml")


def check_format(write: bool = False) -> str:
    """The difference that `buf format` would make; empty when there is none or it was written."""
    return _buf("format", str(PROTOS), "--write" if write else "--diff", *(() if write else ("--exit-code",)))


def breaking(against: str | None = None) -> str:
    """What `buf breaking` finds between the contracts at the git revision `against` and now; empty when nothing.

    Without a revision the published main branch is taken, or, where that is this very commit, the commit before it.
    A revision without contracts breaks nothing.
    """
    revision = against or _base_revision()
    if revision is None:
        return ""
    with tempfile.TemporaryDirectory(prefix="malha-breaking-") as folder:
        archive = subprocess.run(["git", "archive", revision, str(PROTOS)], capture_output=True, check=False)
        if archive.returncode != 0:
            return ""
        with tarfile.open(fileobj=BytesIO(archive.stdout)) as tar:
            tar.extractall(folder, filter="data")
        return compare(PROTOS, Path(folder, PROTOS))


def compare(root: Path, against: Path) -> str:
    """What `buf breaking` finds between the contracts below `against` and those below `root`."""
    with _Image(descriptor_set(against)) as old, _Image(descriptor_set(root)) as new:
        return _buf("breaking", new, "--against", old, "--config", "buf.yaml")


def _base_revision() -> str | None:
    def revision(name: str) -> str | None:
        done = subprocess.run(
            ["git", "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.stdout.strip() or None

    head, published = revision("HEAD"), revision("origin/main") or revision("main")
    return published if published and published != head else revision("HEAD~1")


class _Image:
    """A compiled set as an image file for buf, gone when the block is left."""

    def __init__(self, files: descriptor_pb2.FileDescriptorSet) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="malha-image-")
        self._path = Path(self._folder.name, "image.binpb")
        # An unknown field appended to a file's bytes is that field of the file: no need for buf's own schema.
        parts = (
            file.SerializeToString() + (b"" if file.name.startswith(_OURS) else _IMPORT_MARK) for file in files.file
        )
        self._path.write_bytes(b"".join(b"\x0a" + varint(len(part)) + part for part in parts))

    def __enter__(self) -> str:
        return str(self._path)

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()


def _buf(*arguments: str) -> str:
    buf = Path(sys.executable).parent / "buf"
    if not buf.exists():
        raise CompileError("buf is not installed: run `make setup`")
    done = subprocess.run([str(buf), *arguments], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return ""
    return (done.stdout + done.stderr).strip() or f"buf {arguments[0]} failed with exit code {done.returncode}"
