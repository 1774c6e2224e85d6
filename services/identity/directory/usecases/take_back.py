"""Take back the access tokens of subjects; shared by the changes of what they rest on."""

from __future__ import annotations

from datetime import datetime

from services.identity.directory.domain.subjects import SubjectName
from services.identity.directory.ports import Unit
from services.identity.revocations.domain import RevocationKind, revocation


async def take_back_all(unit: Unit, *subjects: SubjectName, now: datetime, kept: str = "") -> None:
    """Takes back all tokens of `subjects`, but for those of the session `kept`; `unit.issued.changing` came before."""
    taken = [revocation(RevocationKind.SUBJECT, str(name), now, kept) for name in subjects]
    await unit.issued.take_back(*taken, now=now)
