"""Reports as they are kept: what was analysed, when, and what came out in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from uuid import UUID

from services.analysis.domain.findings import SourceSummary


class ReportKind(IntEnum):
    """What a report covers; the numbers are those of the contract."""

    SOURCE = 1
    PROJECT = 2


@dataclass(frozen=True, slots=True)
class Timings:
    """Where the time of one analysis went, in seconds."""

    total: float
    queued: float
    analysing: float


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """A report without its findings and metrics. `content_sha256` and `encoding` are empty for a project."""

    id: UUID
    kind: ReportKind
    parent: UUID | None
    path: str
    create_time: datetime
    content_sha256: str
    analyser_version: str
    encoding: str
    summary: SourceSummary
    timings: Timings
    cached: bool


@dataclass(frozen=True, slots=True)
class RequestKey:
    """Which part of which request a report answers; `digest` tells a repetition from another request."""

    request_id: UUID
    item: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class NewReport:
    """A report to be stored. `body` is the encoded findings and metrics, shared by all reports with equal `key`;
    both are None for a project."""

    record: ReportRecord
    request: RequestKey
    key: bytes | None
    body: bytes | None
