"""Loads: one attempt each to bring the catalogue up to date, with what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.pricing.domain.offers import Provider
from services.pricing.domain.readings import Progress
from services.pricing.domain.versions import Version


class LoadState(StrEnum):
    """How a load stands."""

    RUNNING = "running"
    PUBLISHED = "published"
    """Its version is there for everybody."""
    VALIDATED = "validated"
    """It was to be tried only, and would have been published."""
    UNCHANGED = "unchanged"
    """No document has changed since it was read last, so that the newest version is as good as one of today."""
    REFUSED = "refused"
    """An invariant of the whole load does not hold."""
    FAILED = "failed"
    """A source, the database or this program failed."""
    CANCELLED = "cancelled"
    """Whoever asked for it does not want it any more."""
    INTERRUPTED = "interrupted"
    """Its process or its database session went away."""


@dataclass(frozen=True, slots=True)
class RequestKey:
    """Tells a repeated request from a new one: whose id it is, the id, and a digest of what was asked for."""

    owner: str
    """Tenant and subject, as `tenant/subject`."""
    request_id: UUID
    digest: bytes


@dataclass(frozen=True, slots=True)
class RefreshRequest:
    """What is to be read anew."""

    providers: tuple[Provider, ...]
    regions: tuple[str, ...] = ()
    """The providers' codes; empty for all that the sources are set to."""
    validate_only: bool = False
    """Reads and checks everything, and publishes nothing."""
    request: RequestKey | None = None
    """None for what nobody asked for, such as a refresh by the clock."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What a load has come to so far."""

    read: int = 0
    """Offers that the sources gave."""
    rejected: int = 0
    """Rows that are no offers."""
    out_of_scope: int = 0
    """Rows of products that the catalogue does not hold."""
    accepted: int = 0
    """Offers that passed the invariants; 0 until they were checked."""
    quarantined: int = 0
    """Offers that did not."""
    opened: int = 0
    """Offers that are new."""
    changed: int = 0
    """Offers whose price is another."""
    ended: int = 0
    """Offers that are gone."""


@dataclass(frozen=True, slots=True)
class Load:
    """One attempt, as it is recorded."""

    id: UUID
    providers: tuple[Provider, ...]
    regions: tuple[str, ...]
    validate_only: bool
    requested_by: str
    """Tenant and subject; empty for nobody."""
    began_at: datetime
    ended_at: datetime | None
    state: LoadState
    counts: Counts
    version: int | None
    """The number of what it published."""
    detail: str
    """Why it was refused or failed; empty otherwise."""


class Phase(StrEnum):
    """Where a load is."""

    READING = "reading"
    CHECKING = "checking"
    BUILDING = "building"
    PUBLISHING = "publishing"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class RefreshProgress:
    """How far a refresh is. The last one has the phase DONE, and a version unless nothing was to be published."""

    load: UUID
    phase: Phase
    provider: Provider | None = None
    """Whose prices are being read or checked."""
    reading: Progress | None = None
    """How far the document is that is being read."""
    counts: Counts = field(default_factory=Counts)
    quarantined_by_reason: Mapping[str, int] = field(default_factory=dict)
    version: Version | None = None
    elapsed_seconds: float = 0.0
