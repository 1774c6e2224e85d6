"""What the engine answers for one source."""

from __future__ import annotations

from dataclasses import dataclass

from services.analysis.domain.errors import AnalysisError
from services.analysis.domain.findings import SourceSummary


@dataclass(frozen=True, slots=True)
class EngineReport:
    """The outcome for a source that could be analysed.

    `body` is a serialised `malha.analysis.v1.Report` with content hash, analyser version, summary, metrics, findings
    and encoding, and nothing that belongs to one call.
    """

    summary: SourceSummary
    body: bytes
    encoding: str
    sha256: str
    queued_seconds: float
    analysing_seconds: float


EngineOutcome = EngineReport | AnalysisError
"""A report, or why there is none."""
