"""Generates the Python stubs of the client distribution from the contracts."""

from __future__ import annotations

import filecmp
import shutil
import sys
import tempfile
from pathlib import Path

from services.mesh.contracts.compile import PROTOS, proto_files, protoc

STUBS = Path("clients/python/src")
"""Where the stubs are committed, relative to the project."""

_PATTERNS = ("*_pb2.py", "*_pb2.pyi", "*_pb2_grpc.py", "*_pb2_grpc.pyi")
# The stubs need the validation rules in the pool, not a package called `buf`: see malha/_validate.py.
_VALIDATE_IMPORT = "from buf.validate import validate_pb2 as buf_dot_validate_dot_validate__pb2"
_VALIDATE_INSTEAD = "from malha import _validate as buf_dot_validate_dot_validate__pb2"


def generate(out: Path = STUBS, root: Path = PROTOS) -> None:
    """Write the stubs of all contracts below `out`, and remove those whose contract is gone."""
    with tempfile.TemporaryDirectory(prefix="malha-stubs-") as folder:
        fresh = Path(folder)
        _generate_into(fresh, root)
        for stale in _stubs(out) - _stubs(fresh):
            (out / stale).unlink()
        for name in sorted(_stubs(fresh)):
            target = out / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists() or not filecmp.cmp(fresh / name, target, shallow=False):
                shutil.copyfile(fresh / name, target)
        _make_packages(out)


def differences(out: Path = STUBS, root: Path = PROTOS) -> list[str]:
    """The committed stubs that are not what the contracts give: missing, stale or changed, by path."""
    with tempfile.TemporaryDirectory(prefix="malha-stubs-") as folder:
        fresh = Path(folder)
        _generate_into(fresh, root)
        ours, theirs = _stubs(out), _stubs(fresh)
        changed = {name for name in ours & theirs if not filecmp.cmp(out / name, fresh / name, shallow=False)}
        return sorted(str(name) for name in (ours ^ theirs) | changed)


def _generate_into(folder: Path, root: Path) -> None:
    plugins = Path(sys.executable).parent
    protoc(
        root,
        f"--python_out={folder}", f"--grpc_python_out={folder}",
        f"--plugin=protoc-gen-mypy={plugins / 'protoc-gen-mypy'}",
        f"--plugin=protoc-gen-mypy_grpc={plugins / 'protoc-gen-mypy_grpc'}",
        f"--mypy_out=quiet:{folder}", f"--mypy_grpc_out=quiet:{folder}",
        files=proto_files(root),
    )  # fmt: skip
    for name in folder.rglob("*.py"):
        text = name.read_text()
        if _VALIDATE_IMPORT in text:
            name.write_text(text.replace(_VALIDATE_IMPORT, _VALIDATE_INSTEAD))
    for name in folder.rglob("*_pb2_grpc.py"):
        if "Servicer" not in name.read_text():  # a contract without a service has nothing to stub
            name.unlink()
            name.with_suffix(".pyi").unlink(missing_ok=True)


def _stubs(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for pattern in _PATTERNS for path in folder.rglob(pattern)}


def _make_packages(out: Path) -> None:
    for folder in {(out / name).parent for name in _stubs(out)}:
        for package in (folder, *folder.parents):
            if package == out:
                break
            (package / "__init__.py").touch()
