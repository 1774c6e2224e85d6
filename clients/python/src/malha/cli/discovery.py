"""Finds the Python files under the paths a person names. Every file that is found is accounted for."""

# ruff: noqa: PTH100, PTH109, PTH116 (Path.resolve follows links, which must not happen here)

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from malha.cli.outcomes import Failure, too_large, unreadable
from malha.requests import MAX_SOURCE_BYTES

SUFFIXES = (".py", ".pyw")
"""What a file in a folder must end with; a file that is named itself may end with anything."""

DEFAULT_EXCLUDES = ("node_modules", "site-packages", "__pycache__")
"""Folders that hold no source of one's own, beside hidden ones and virtual environments."""

_ENVIRONMENT_MARK = "pyvenv.cfg"  # PEP 405; a folder that is only called venv may well be a package

_MAX_SENT_PATH = 1024
_UNSENDABLE = dict.fromkeys((0, 10, 13), "\N{REPLACEMENT CHARACTER}")


@dataclass(frozen=True, slots=True)
class Found:
    """One file to analyse."""

    file: Path
    shown: str
    """The path as a person opens it: relative to the working directory where it is below that, else absolute."""
    sent: str
    """The path as the mesh sees it, relative to its project; no two files of a run share one."""
    failure: Failure | None = None
    """Why it cannot be sent; None when it can."""


@dataclass(frozen=True, slots=True)
class Tree:
    """What one run is about."""

    root: Path
    """The folder that all files are under."""
    files: tuple[Found, ...]
    """The files in the order of their paths."""


def discover(paths: Sequence[Path], exclude: Sequence[str] = (), *, default_excludes: bool = True) -> Tree:
    """All Python files of some files and folders, each once.

    Folders are not entered through symbolic links, so that no loop is followed; links to files count as files. What
    cannot be read is in the tree too, with its failure.

    Args:
        paths: existing files or folders; they are never excluded themselves.
        exclude: shell patterns, matched with a name and with the path relative to the folder that was named.
        default_excludes: leave out hidden folders, virtual environments and `DEFAULT_EXCLUDES`.
    """
    walk = _Walk(tuple(exclude), default_excludes)
    unique = {os.path.abspath(file): failure for path in paths for file, failure in walk.under(path)}
    root = _common_root(paths)
    here = os.getcwd()
    names = _Names()
    found = [
        Found(Path(file), _shown(file, here), names.take(os.path.relpath(file, root)), failure or _check(file))
        for file, failure in sorted(unique.items())
    ]
    return Tree(root, tuple(found))


def read(found: Found) -> bytes | Failure:
    """The bytes of a file, or why there are none. No more than the largest source is ever read."""
    try:
        with found.file.open("rb") as stream:
            content = stream.read(MAX_SOURCE_BYTES + 1)
    except OSError as error:
        return unreadable(error)
    return too_large() if len(content) > MAX_SOURCE_BYTES else content


def sendable(path: str) -> str:
    """A path in characters the contract accepts; what it does not accept becomes U+FFFD."""
    # Bytes of a name that are no UTF-8 come as lone surrogates, which protobuf refuses.
    return os.fsencode(path).decode("utf-8", "replace").replace(os.sep, "/").translate(_UNSENDABLE)


class _Walk:
    def __init__(self, exclude: tuple[str, ...], default_excludes: bool) -> None:
        self._exclude = exclude
        self._default_excludes = default_excludes

    def under(self, path: Path) -> Iterator[tuple[str, Failure | None]]:
        if path.is_dir():
            yield from self._folder(str(path), "")
        else:
            yield str(path), None

    def _folder(self, folder: str, relative: str) -> Iterator[tuple[str, Failure | None]]:
        # A list of open folders instead of recursion: folders may nest deeper than the interpreter's stack.
        waiting = [(folder, relative)]
        while waiting:
            here, below = waiting.pop()
            try:
                entries = list(os.scandir(here))
            except OSError as error:
                yield here, unreadable(error)
                continue
            if below and self._default_excludes and any(entry.name == _ENVIRONMENT_MARK for entry in entries):
                continue
            for entry in entries:
                inner = f"{below}/{entry.name}" if below else entry.name
                if entry.is_dir(follow_symlinks=False):
                    if not self._skipped(entry.name, inner, folder=True):
                        waiting.append((entry.path, inner))
                elif self._is_source(entry) and not self._skipped(entry.name, inner, folder=False):
                    yield entry.path, None

    @staticmethod
    def _is_source(entry: os.DirEntry[str]) -> bool:
        if not entry.name.endswith(SUFFIXES):
            return False
        try:
            return not entry.is_dir()
        except OSError:
            # A link in a circle: it is reported as unreadable later.
            return True

    def _skipped(self, name: str, relative: str, *, folder: bool) -> bool:
        if folder and self._default_excludes and (name.startswith(".") or name in DEFAULT_EXCLUDES):
            return True
        return any(fnmatch(name, pattern) or fnmatch(relative, pattern.rstrip("/")) for pattern in self._exclude)


class _Names:
    """Gives each file a path the contract accepts, and none twice."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, relative: str) -> str:
        clean = sendable(relative)
        name = clean[-_MAX_SENT_PATH:]
        number = 1
        while name in self._taken:
            number += 1
            prefix = f"{number}/"
            name = prefix + clean[-(_MAX_SENT_PATH - len(prefix)) :]
        self._taken.add(name)
        return name


def _common_root(paths: Iterable[Path]) -> Path:
    folders = [os.path.abspath(path if path.is_dir() else path.parent) for path in paths]
    return Path(os.path.commonpath(folders))


def _shown(file: str, here: str) -> str:
    return os.path.relpath(file, here) if file.startswith(here.rstrip(os.sep) + os.sep) else file


def _check(file: str) -> Failure | None:
    try:
        status = os.stat(file)
    except OSError as error:
        return unreadable(error)
    if not stat.S_ISREG(status.st_mode):
        # Opening a pipe would wait for ever for somebody to write.
        return Failure("FILE_UNREADABLE", "it is not a regular file")
    return too_large() if status.st_size > MAX_SOURCE_BYTES else None
