"""The copies of the services' code on disk, each made once and never changed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from services.mesh.layout import write_private
from services.mesh.supervisor.errors import VersionUnusable
from services.mesh.versions.release import Release

if TYPE_CHECKING:
    from collections.abc import Iterator

_MANIFEST = "manifest.json"
_TREE = "tree"
# What is taken of a source tree: what a service imports, and nothing of its surroundings.
_TAKEN = (Path("services"), Path("clients/python/src/malha"))
_IMPORT_ROOTS = (Path("clients/python/src"), Path())
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc")
_LARGEST_BYTES = 512 * 2**20


@dataclass(frozen=True, slots=True)
class Artefact:
    """One copy."""

    service: str
    version: str
    sha256: str
    """Over the paths and contents of all its files."""
    create_time: datetime
    interpreter: str
    folder: Path

    def release(self) -> Release:
        """It as replicas are started from it."""
        tree = self.folder / _TREE
        paths = tuple((tree / root).resolve() for root in _IMPORT_ROOTS if (tree / root).is_dir())
        return Release(self.version, tree, paths, self.interpreter)


class Versions:
    """The copies below `root`, as `<service>/<version>/`: a `manifest.json` and a `tree`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._making = threading.Lock()

    def tidy(self) -> None:
        """Remove what a kill has left half made; before anything is made."""
        for folder in self._root.glob("*/.*/"):
            shutil.rmtree(folder, ignore_errors=True)

    def all(self, service: str) -> list[Artefact]:
        """The copies of a service, the newest first; one that is damaged is not among them."""
        found = [self.find(service, path.name) for path in (self._root / service).glob("*/")]
        return sorted((a for a in found if a is not None), key=lambda artefact: artefact.create_time, reverse=True)

    def find(self, service: str, version: str) -> Artefact | None:
        """The copy of that version; None when there is none that can be read."""
        folder = self._root / service / version
        try:
            manifest = json.loads((folder / _MANIFEST).read_text())
            return Artefact(
                service, version, str(manifest["sha256"]), datetime.fromisoformat(manifest["create_time"]),
                str(manifest["interpreter"]), folder,
            )  # fmt: skip
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def checked(self, service: str, version: str) -> Artefact:
        """The copy of that version, unchanged since it was made; raises VersionUnusable."""
        artefact = self.find(service, version)
        if artefact is None:
            raise VersionUnusable(service, version, "it is not known here; name a source to make it from")
        if _digest(artefact.folder / _TREE) != artefact.sha256:
            raise VersionUnusable(service, version, f"its files in {artefact.folder} were changed after it was made")
        return artefact

    def make(self, service: str, module: str, version: str, source: Path) -> Artefact:
        """Copy a source tree, or unpack a wheel, as that version; the same content twice is one version.

        Raises VersionUnusable when the source cannot be used, or the version is known with another content. May be
        called by several threads at once.
        """
        with self._making:
            return self._make(service, module, version, source)

    def _make(self, service: str, module: str, version: str, source: Path) -> Artefact:
        fresh = self._root / service / f".{version}.{os.getpid()}"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700, parents=True)
        try:
            _take(service, version, source, fresh / _TREE)
            if not _holds(fresh / _TREE, module):
                raise VersionUnusable(service, version, f"{source} holds no package {module}")
            digest = _digest(fresh / _TREE)
            if known := self.find(service, version):
                if known.sha256 != digest:
                    raise VersionUnusable(service, version, "it is known with another content; choose another name")
                return known
            return self._keep(service, version, digest, fresh)
        except OSError as error:
            raise VersionUnusable(service, version, f"{source} cannot be copied: {error.strerror}") from None
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def _keep(self, service: str, version: str, digest: str, fresh: Path) -> Artefact:
        manifest = {
            "sha256": digest,
            "create_time": datetime.now(UTC).isoformat(),
            # The dependencies are the mesh's own; another interpreter brings its own ones.
            "interpreter": sys.executable,
        }
        write_private(fresh / _MANIFEST, json.dumps(manifest, indent=2) + "\n")
        # Compiled here once, not by each replica at its start. What does not compile is told by the start.
        subprocess.run([sys.executable, "-m", "compileall", "-q", str(fresh / _TREE)], capture_output=True, check=False)
        for path in _files(fresh / _TREE):
            path.chmod(0o400)
        folder = self._root / service / version
        shutil.rmtree(folder, ignore_errors=True)  # what a kill or a damage has left
        fresh.rename(folder)
        artefact = self.find(service, version)
        if artefact is None:
            raise VersionUnusable(service, version, f"{folder} cannot be read")
        return artefact


def _holds(tree: Path, module: str) -> bool:
    """Whether the package and those around it are there. Without its `__init__`, Python would prefer ours unnoticed."""
    parts = module.split(".")
    return all(tree.joinpath(*parts[:depth], "__init__.py").is_file() for depth in range(1, len(parts) + 1))


def _take(service: str, version: str, source: Path, tree: Path) -> None:
    if source.suffix == ".whl" and source.is_file():
        return _unpack(service, version, source, tree)
    if not source.is_dir():
        raise VersionUnusable(service, version, f"{source} is neither a folder nor a wheel")
    taken = [part for part in _TAKEN if (source / part).is_dir()]
    if _TAKEN[0] not in taken:
        raise VersionUnusable(service, version, f"{source} holds no folder {_TAKEN[0]}")
    for part in taken:
        shutil.copytree(source / part, tree / part, ignore=_LEFT_OUT)
    return None


def _unpack(service: str, version: str, wheel: Path, tree: Path) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive:
            if sum(item.file_size for item in archive.infolist()) > _LARGEST_BYTES:
                raise VersionUnusable(service, version, f"{wheel} is too large when unpacked")
            # ZipFile keeps every name inside of the folder.
            archive.extractall(tree)
    except zipfile.BadZipFile as error:
        raise VersionUnusable(service, version, f"{wheel} is no wheel: {error}") from None


def _files(tree: Path) -> Iterator[Path]:
    """All files of a tree in a stable order, what Python compiled excepted."""
    for path in sorted(tree.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            yield path


def _digest(tree: Path) -> str:
    whole = hashlib.sha256()
    for path in _files(tree):
        name = path.relative_to(tree).as_posix().encode()
        content = hashlib.sha256(path.read_bytes()).digest()
        whole.update(len(name).to_bytes(4) + name + content)
    return whole.hexdigest()
