"""Units of work of the tokens' area: what is given and taken, and what that rests on, in one transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from services.identity.directory import ports as directory
from services.identity.directory.domain.subjects import Grant, Session, Subject, SubjectName
from services.identity.oauth.adapters.postgres.devices import PostgresDevices
from services.identity.oauth.adapters.postgres.sessions import PostgresSessions
from services.identity.oauth.domain.devices import DeviceLogin
from services.identity.oauth.domain.sessions import ClientSession, RefreshToken
from services.identity.revocations.domain import Revocation
from services.identity.revocations.rows import PostgresRevocations
from services.runtime import audit
from services.runtime.db import UnitOfWork


@dataclass(frozen=True, slots=True)
class Foundation:
    """What tokens rest on, as the directory has it: its unit within a transaction, and what it says there."""

    within: Callable[[UnitOfWork], directory.Unit]
    resume: directory.Resumes
    permissions_of: directory.FindsPermissions


class PostgresUnit:
    """See Unit."""

    def __init__(self, work: UnitOfWork, foundation: Foundation) -> None:
        self._work = work
        self._foundation = foundation
        self._directory = foundation.within(work)
        self._sessions = PostgresSessions(work)
        self._devices = PostgresDevices(work)
        self._revocations = PostgresRevocations(work)

    async def issuing(self) -> None:
        """From here until the unit ends nobody changes what tokens rest on."""
        await self._revocations.issuing()

    async def resume(self, session: Session) -> Subject:
        """The subject as it is now."""
        return await self._foundation.resume.within(self._directory, session)

    async def permissions_of(self, subject: Subject, address: str) -> Grant:
        """What the subject may do now."""
        return await self._foundation.permissions_of.within(self._directory, subject, address, mfa=subject.mfa)

    async def taken_back(self, subject: SubjectName) -> datetime | None:
        """Up to when all tokens of a subject were taken back."""
        return await self._revocations.latest(str(subject))

    async def ended(self, session: str) -> bool:
        """Whether the tokens of a session were taken back."""
        return await self._revocations.ended(session)

    async def session(self, session: str) -> ClientSession | None:
        """A session."""
        return await self._sessions.get(session)

    async def begin(self, session: ClientSession, token: RefreshToken) -> None:
        """Keep a new session and its first refresh token."""
        await self._sessions.begin(session, token)

    async def rotate(self, old: RefreshToken, new: RefreshToken, now: datetime) -> bool:
        """Mark `old` as used and keep `new`."""
        return await self._sessions.rotate(old, new, now)

    async def end(self, session: str, now: datetime) -> bool:
        """End a session."""
        return await self._sessions.end(session, now)

    async def decide(self, login: DeviceLogin, *, ticket: bytes | None) -> bool:
        """Keep what was decided on a device."""
        return await self._devices.decide(login, ticket=ticket)

    async def redeem(self, digest: bytes) -> bool:
        """Mark an approved login as redeemed."""
        return await self._devices.redeem(digest)

    async def take_back(self, revocation: Revocation, now: datetime) -> None:
        """Take tokens back."""
        await self._revocations.take_back(revocation, now=now)

    async def record(self, entry: audit.Entry) -> None:
        """Leave an entry in the audit log."""
        await audit.record_entry(self._work, entry)

    async def commit(self) -> None:
        """Makes everything durable."""
        await self._work.commit()


class PostgresUnits:
    """See Units."""

    def __init__(self, engine: AsyncEngine, foundation: Foundation) -> None:
        self._engine = engine
        self._foundation = foundation

    @asynccontextmanager
    async def unit(self, tenant: str) -> AsyncIterator[PostgresUnit]:
        """A unit of one tenant."""
        async with UnitOfWork(self._engine, tenant) as work:
            yield PostgresUnit(work, self._foundation)
