"""The settings of the analysis service."""

from __future__ import annotations

import os
from datetime import timedelta

from pydantic import Field

from services.runtime.settings import RuntimeSettings


class AnalysisSettings(RuntimeSettings):
    """What a replica of `analysis` must know to start, beyond what every service does."""

    analysis_workers: int = Field(
        default_factory=lambda: max(1, os.cpu_count() or 1),
        ge=1,
        le=256,
        description="Processes that analyse; by default one for each processor.",
    )
    analysis_source_seconds: float = Field(8.0, gt=0, le=600, description="The longest analysis of one source.")
    analysis_worker_memory: int = Field(
        3 * 1024**3, ge=512 * 1024**2, description="The address space of one worker, in bytes."
    )
    analysis_max_waiting: int = Field(4096, ge=1, description="Sources that may wait for a worker; more are refused.")
    analysis_project_batches: int = Field(8, ge=1, le=64, description="Batches of one project under way at once.")
    cache_memory_bytes: int = Field(64 * 1024**2, ge=0, description="Results kept in the replica's memory, in bytes.")
    cache_ttl: timedelta = Field(timedelta(days=1), description="How long a result is kept in memory and in Redis.")
