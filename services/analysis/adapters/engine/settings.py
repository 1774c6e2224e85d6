"""How the engine's worker processes are run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """All have defaults that fit two cores.

    `max_waiting` sources may wait before more are refused. A batch takes at most `batch_files` sources or
    `batch_bytes` bytes, whichever comes first, and at least one. A source alone may take `source_seconds`. A batch
    may take `batch_seconds` and as much again for every MiB, but at most half of `source_seconds`; when that is not
    enough, each of its sources has what is left of `source_seconds` for itself, so that a source is never worked on
    for longer, whatever it came with. `worker_memory` is the address space in bytes that a worker, and each ruff it
    starts, may have. A worker is replaced after `worker_files` sources or when it holds `worker_resident` bytes
    after a batch.
    """

    workers: int = 1
    max_waiting: int = 4096
    batch_files: int = 128
    batch_bytes: int = 2 * 1024 * 1024
    batch_seconds: float = 4.0
    source_seconds: float = 20.0
    worker_memory: int = 3 * 1024**3
    worker_resident: int = 512 * 1024**2
    worker_files: int = 50_000
    scratch: Path | None = None
