"""The audit log, within a unit."""

from __future__ import annotations

from services.runtime import audit
from services.runtime.db import UnitOfWork


class PostgresLog:
    """See Log."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    async def record(self, entry: audit.Entry) -> None:
        """Leaves an entry."""
        await audit.record_entry(self._work, entry)
