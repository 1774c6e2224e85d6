"""The worker process: reads jobs from standard input, writes answers to standard output, until its input ends.

Started by the pool as `python -m services.analysis.adapters.engine.worker MEMORY [SCRATCH]`.
"""

from __future__ import annotations

import gc
import os
import resource
import sys
from io import FileIO
from pathlib import Path
from typing import BinaryIO

from services.analysis.adapters.engine.analysis import analyse_batch
from services.analysis.adapters.engine.frames import PREFIX, decode_job, encode_answer
from services.analysis.domain.options import AnalysisOptions
from services.analysis.domain.source import SourceFile

_PAGE = os.sysconf("SC_PAGESIZE")


def main(memory: int, scratch: Path | None) -> None:
    """Serve jobs; `memory` limits the address space of this process and of every ruff it starts."""
    jobs, answers = sys.stdin.buffer, FileIO(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing but frames may go to the pool
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    analyse_batch([SourceFile("warm.py", b"x = 1\n")], AnalysisOptions(), memory=memory, scratch=scratch)
    # What a batch makes has no cycles worth a collection: the worker collects between batches that were large.
    gc.collect()
    gc.freeze()
    gc.disable()
    _write(answers, encode_answer([], _resident()))
    while (frame := _read(jobs)) is not None:
        sources, options = decode_job(frame)
        outcomes = analyse_batch(sources, options, memory=memory, scratch=scratch)
        _write(answers, encode_answer(outcomes, _resident()))


def _read(stream: BinaryIO) -> bytes | None:
    prefix = stream.read(PREFIX)
    if len(prefix) < PREFIX:
        return None
    return stream.read(int.from_bytes(prefix, "big"))


def _write(stream: FileIO, frame: bytes) -> None:
    view = memoryview(frame)
    while view:
        view = view[stream.write(view) or 0 :]


def _resident() -> int:
    with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - once per batch
        return int(file.read().split()[1]) * _PAGE


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
