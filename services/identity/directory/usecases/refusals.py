"""Tell the audit log of attempts to get in that failed: of each, as long as they are few."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from services.identity.directory.domain.errors import CredentialsInvalid, LockedOut, SecondFactorRequired
from services.identity.directory.domain.subjects import SubjectName
from services.identity.directory.ports import Unit
from services.runtime import audit
from services.runtime.audit.entry import PLATFORM, Decision, Entry

WRONG, LOCKED, NO_CODE = "CREDENTIALS_WRONG", "SIGN_IN_LOCKED", "SECOND_FACTOR_MISSING"
_WHY = {CredentialsInvalid: WRONG, LockedOut: LOCKED, SecondFactorRequired: NO_CODE}
# What fails outside of a call is a sign-in all the same.
_ACTION = "identity.tokens.issue"

_WINDOW_SECONDS = 60.0
# The failures of one network against one tenant that have entries of their own in that time, and how many of these,
# and how many sorts of others, are told apart.
_OWN_ENTRIES = 20
_MOST = 10_000


@dataclass(slots=True)
class _Window:
    """The entries that were written, by tenant and network; and what was counted instead, by what it says."""

    written: dict[tuple[str, str], int] = field(default_factory=dict)
    counted: dict[tuple[str, ...], tuple[Entry, int]] = field(default_factory=dict)


class Refusals:
    """Decides which attempts have an entry of their own, in the transaction that counts them, and counts the others.

    What a locked account or address tries is not even looked at, and only counted; so is what goes beyond some entries
    a minute for each network, and a right password without its code, which changes nothing. A count becomes one entry
    once a minute, beside the calls: those of the last minute are lost with the process. Nothing is kept of what
    somebody typed: whom an entry names is in the directory, and by its id.
    """

    def __init__(self, put: Callable[[Entry, int], None]) -> None:
        """`put` hands an entry that stands for so many to what writes beside the calls, and never waits."""
        self._put = put
        self._window = _Window()
        self._task: asyncio.Task[None] | None = None

    async def failed(self, unit: Unit, subject: SubjectName | None, resource: str = "", *, locks: bool = False) -> None:
        """Notes a failure that the unit counts; `locks` says that it locks an account or an address."""
        known = await unit.tenants.get(unit.tenant) is not None
        entry = _entry(unit.tenant if known else PLATFORM, LOCKED if locks else WRONG, subject, resource)
        if not self._has_room(entry):
            self._count(entry)
        elif known or unit.tenant == PLATFORM:
            await unit.log.record(entry)
        else:
            async with unit.of_tenant(PLATFORM) as platform:
                await platform.log.record(entry)

    async def turned_away(self, unit: Unit, error: Exception, subject: SubjectName | None = None) -> None:
        """Counts an attempt that changes nothing, in a unit that only reads."""
        known = await unit.tenants.get(unit.tenant) is not None
        self._count(_entry(unit.tenant if known else PLATFORM, _WHY[type(error)], subject))

    def impossible(self) -> None:
        """Counts an attempt in the name of somebody who cannot be."""
        self._count(_entry(PLATFORM, WRONG, None))

    def tell(self) -> None:
        """Makes entries of what was counted, and begins anew."""
        window, self._window = self._window, _Window()
        for entry, count in window.counted.values():
            self._put(entry, count)

    async def start(self) -> None:
        """Begins to tell once a minute."""
        self._task = asyncio.create_task(self._keep_telling(), name="refusals")

    async def close(self) -> None:
        """Tells for the last time."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self.tell()

    async def _keep_telling(self) -> None:
        while True:
            await asyncio.sleep(_WINDOW_SECONDS)
            self.tell()

    def _has_room(self, entry: Entry) -> bool:
        written, place = self._window.written, (entry.tenant, entry.network)
        before = written.get(place, 0)
        if before >= _OWN_ENTRIES or (not before and len(written) >= _MOST):
            return False
        written[place] = before + 1
        return True

    def _count(self, entry: Entry) -> None:
        audit.noted()
        counted = self._window.counted
        key: tuple[str, ...] = (entry.tenant, entry.subject, entry.action, entry.reason, entry.network)
        if key not in counted and len(counted) >= _MOST:
            entry = Entry(tenant=PLATFORM, action=entry.action, decision=Decision.REFUSED, reason=entry.reason)
            key = (entry.tenant, entry.action, entry.reason)
        first, count = counted.get(key, (entry, 0))
        counted[key] = (first, count + 1)


def _entry(tenant: str, reason: str, subject: SubjectName | None, resource: str = "") -> Entry:
    entry = audit.completed(
        Entry(
            tenant=tenant,
            action="",
            resource=resource,
            decision=Decision.REFUSED,
            reason=reason,
            subject="" if subject is None else str(subject),
            kind="" if subject is None else subject.kind.word,
        )
    )
    return entry if entry.action else replace(entry, action=_ACTION)
