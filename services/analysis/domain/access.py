"""Who looks: whose reports are whose, and who else sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

SEES_ALL = "analysis.reports.readAll"
"""The permission to see, and to share, all reports of one's tenant."""
LARGEST_AUDIENCE = 1_000
"""To how many a report may be shown."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody of a tenant. What one makes is one's own; of others one sees what was shared with one, and, where one
    `sees_all`, everything in the tenant. Nobody sees anything of another tenant."""

    tenant: str
    subject: str
    sees_all: bool = False


@dataclass(frozen=True, slots=True)
class ReportShare:
    """That a report, with the reports of its sources, is shown to `subject`: `users/<id>` or `serviceAccounts/<id>`."""

    report: UUID
    subject: str
    creator: str
    create_time: datetime
