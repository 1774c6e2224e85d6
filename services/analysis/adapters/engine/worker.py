"""`python -m services.analysis.adapters.engine.worker MEMORY [SCRATCH]`: analyses the batches it reads, until its input ends.

MEMORY is the address space in bytes that the worker, and each ruff it starts, may have; SCRATCH is a folder for its files.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import sys
from pathlib import Path
from typing import BinaryIO

from services.analysis.adapters.engine.analysis import analyse_batch
from services.analysis.adapters.engine.frames import LENGTH_BYTES, decode_task, encode_reply, frame_length

_COLLECT_EVERY = 50
"""Batches between two collections of garbage: trees and findings hold no cycles, so that there is little to collect."""


def main(arguments: list[str]) -> int:
    """Serve batches; the exit code."""
    memory, scratch = int(arguments[0]), Path(arguments[1]) if len(arguments) > 1 else None
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the service, which then closes our input
    # Whatever prints must not end up between two frames.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    _serve(sys.stdin.buffer, answers, memory, scratch)
    return 0


def _serve(tasks: BinaryIO, answers: BinaryIO, memory: int, scratch: Path | None) -> None:
    # The collector would walk over every tree of a batch again and again, and find nothing.
    gc.disable()
    gc.freeze()
    answers.write(encode_reply([], _resident()))
    answers.flush()
    served = 0
    while len(prefix := tasks.read(LENGTH_BYTES)) == LENGTH_BYTES:
        batch, options = decode_task(tasks.read(frame_length(prefix)))
        outcomes = analyse_batch(batch, options, memory=memory, scratch=scratch)
        answers.write(encode_reply(outcomes, _resident()))
        answers.flush()
        served += 1
        if served % _COLLECT_EVERY == 0:
            gc.collect()


def _resident() -> int:
    """The memory that this process holds, in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
