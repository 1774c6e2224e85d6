"""Runs ruff over a batch of sources: one process, no shell, no configuration but ours."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec
from ruff import find_ruff_bin  # type: ignore[import-untyped]

from services.analysis.domain.decoding import DecodedSource
from services.analysis.domain.options import AnalysisOptions
from services.analysis.domain.rules.ruff_rows import RUFF_ROWS

# Other names could make ruff take the file for something else (a notebook, a project file).
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}\.pyi?")
# Not the folder that ruff runs in: there, modules would be found by their names and count as the project's own.
_SHARED = "sources"


class Place(msgspec.Struct, frozen=True):
    """Row and column from 1, the column in code points."""

    row: int
    column: int


class Edit(msgspec.Struct, frozen=True):
    """One edit of a fix."""

    content: str
    location: Place
    end_location: Place


class RuffFix(msgspec.Struct, frozen=True):
    """A fix; `applicability` is `safe`, `unsafe` or `display`."""

    applicability: str
    edits: list[Edit]
    message: str | None = None


class Diagnostic(msgspec.Struct, frozen=True):
    """One diagnostic; `code` is None or `invalid-syntax` where the source does not parse."""

    code: str | None
    filename: str
    message: str
    location: Place
    end_location: Place
    fix: RuffFix | None = None


class RuffFailed(Exception):
    """ruff crashed or said something that is not its format."""


_DECODER = msgspec.json.Decoder(list[Diagnostic])


class RuffRun:
    """A ruff process at work on a batch; use as a context manager."""

    def __init__(self, sources: Sequence[DecodedSource], options: AnalysisOptions, scratch: Path | None) -> None:
        self._folder = tempfile.mkdtemp(prefix="malha-", dir=scratch)
        self._numbers: dict[str, int] = {}
        self._output = os.memfd_create("ruff")
        self._process: subprocess.Popen[bytes] | None = None
        try:
            os.mkdir(f"{self._folder}/{_SHARED}")  # noqa: PTH102 - pathlib costs more than the call
            for at, source in enumerate(sources):
                self._write(at, source)
            self._process = self._start(list(self._numbers), options)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> RuffRun:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the process if it still runs and remove what it worked on."""
        if self._process is not None:
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait()
        os.close(self._output)
        shutil.rmtree(self._folder, ignore_errors=True)

    def result(self) -> list[list[Diagnostic]]:
        """Wait for the end; the diagnostics of each source. Raises RuffFailed."""
        assert self._process is not None
        status = self._process.wait()
        size = os.fstat(self._output).st_size
        if status != 0 or not size:
            raise RuffFailed(f"exit status {status}")
        try:
            diagnostics = _DECODER.decode(os.pread(self._output, size, 0))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise RuffFailed("unreadable output") from error
        results: list[list[Diagnostic]] = [[] for _ in self._numbers]
        for diagnostic in diagnostics:
            results[self._numbers[diagnostic.filename]].append(diagnostic)
        return results

    def _write(self, at: int, source: DecodedSource) -> None:
        """Write a source under its own name: into the folder that sources share, since a folder costs more than a file;
        but alone where the name is taken, or would make a package of the folder."""
        name = source.path.rsplit("/", 1)[-1]
        if not _PLAIN_NAME.fullmatch(name):
            name = "source.py"
        path = f"{self._folder}/{_SHARED}/{name}"
        if path in self._numbers or name.startswith("__init__."):
            folder = f"{self._folder}/{at:06d}"
            os.mkdir(folder)  # noqa: PTH102 - as above
            path = f"{folder}/{name}"
        self._numbers[path] = at
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            view = memoryview(source.data)
            while view:
                view = view[os.write(file, view) :]
        finally:
            os.close(file)

    def _start(self, paths: Sequence[str], options: AnalysisOptions) -> subprocess.Popen[bytes]:
        wanted = [row[0] for row in RUFF_ROWS if options.wants(row[0], row[2], row[3])]
        command = [
            find_ruff_bin(),
            "check",
            "--isolated",
            "--no-cache",
            "--quiet",
            "--exit-zero",
            "--no-fix",
            "--output-format=json",
            f"--target-version=py3{options.target_version[1]}",
            f"--select={','.join(wanted) or 'E902'}",
            "--config=lint.external=['MLH']",
            "--",
            *paths,
        ]
        return subprocess.Popen(  # noqa: S603 - a fixed program; the paths are ours
            command,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            env={"RAYON_NUM_THREADS": "1", "NO_COLOR": "1", "PATH": "/nonexistent"},
        )
