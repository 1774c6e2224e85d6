"""What the use cases need from the outside, as small roles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol

from services.identity.directory.domain.subjects import Grant, Session, Subject, SubjectName
from services.identity.oauth.domain.devices import DeviceLogin
from services.identity.oauth.domain.keys import SigningKey
from services.identity.oauth.domain.sessions import ClientSession, RefreshToken
from services.identity.revocations.domain import NumberedRevocation, Revocation
from services.runtime.audit.entry import Entry


class Signer(Protocol):
    """Signs with one key."""

    def sign(self, claims: Mapping[str, Any]) -> str:
        """An access token that makes these claims, in the compact form of JWS."""
        ...


class KeyChest(Protocol):
    """Makes signing keys, and opens what they are sealed in."""

    def make(self, active_time: datetime) -> SigningKey:
        """A new key, sealed."""
        ...

    def signer(self, key: SigningKey) -> Signer | None:
        """What signs with the key; None if its private half does not open: what it was sealed with is gone."""
        ...

    def renewed(self, key: SigningKey) -> bytes | None:
        """The private half sealed anew; None if it is sealed as it should be, or does not open."""
        ...


class TokenReader(Protocol):
    """Reads access tokens of ours."""

    def read(self, token: str, key: Callable[[str], bytes | None]) -> Mapping[str, Any] | None:
        """The claims of a token that the public key of its `kid` vouches for, ended or not; None for anything else."""
        ...


class KeyStore(Protocol):
    """Keeps signing keys."""

    async def load(self) -> tuple[SigningKey, ...]:
        """All of them."""
        ...

    async def change(self, change: Callable[[tuple[SigningKey, ...]], KeyChange]) -> None:
        """Asks `change` what to do with the keys as they are now, and does it, one process at a time."""
        ...


class KeyChange(Protocol):
    """What is to be done with signing keys."""

    @property
    def add(self) -> Sequence[SigningKey]:
        """New ones."""
        ...

    @property
    def drop(self) -> Sequence[str]:
        """The ids of those that are not needed any more."""
        ...

    @property
    def reseal(self) -> Mapping[str, bytes]:
        """Private halves that were sealed anew, by id."""
        ...


class SessionStore(Protocol):
    """Keeps sessions and their refresh tokens; they are changed in a Unit."""

    async def find(self, digest: bytes) -> tuple[RefreshToken, ClientSession] | None:
        """The refresh token with this hash, and its session."""
        ...

    async def get(self, tenant: str, session: str) -> ClientSession | None:
        """A session."""
        ...

    async def forget(self, before: datetime) -> int:
        """Remove the sessions that ended by themselves before a moment; how many they were."""
        ...


class RevocationStore(Protocol):
    """Keeps revocations until nothing that they concern is good any more."""

    async def after(self, number: int, now: datetime, limit: int) -> Sequence[NumberedRevocation]:
        """The earliest `limit` of those behind `number` that are still of use at `now`, in order."""
        ...

    async def covers(self, token: str, session: str, subject: str, tenant: str, issued: datetime) -> bool:
        """Whether an access token was taken back."""
        ...

    async def forget(self, before: datetime) -> int:
        """Remove those that are of no use any more; how many they were."""
        ...


class DeviceStore(Protocol):
    """Keeps the logins of devices; they are decided on and redeemed in a Unit."""

    async def add(self, login: DeviceLogin, now: datetime, most_waiting: int) -> bool:
        """Keep one more. False, and nothing happens, when `most_waiting` wait already, or its user code is taken."""
        ...

    async def polled(self, digest: bytes, poll: Callable[[DeviceLogin], DeviceLogin]) -> bool:
        """Let `poll` see the login with this hash and say how it goes on; nobody else changes it meanwhile. False if
        there is none."""
        ...

    async def by_user_code(self, user_code: str) -> DeviceLogin | None:
        """The login with this code."""
        ...

    async def by_ticket(self, ticket: bytes) -> DeviceLogin | None:
        """The login on which the one who has this ticket decides."""
        ...

    async def forget(self, before: datetime) -> int:
        """Remove those that ended before a moment; how many they were."""
        ...


class Unit(Protocol):
    """One transaction of one tenant, in which tokens are given or taken; taken back unless it is committed."""

    async def issuing(self) -> None:
        """From here until the unit ends nobody changes what tokens rest on. Whoever issues one calls it first."""
        ...

    async def resume(self, session: Session) -> Subject:
        """The subject as it is now; see Resumes."""
        ...

    async def permissions_of(self, subject: Subject, address: str) -> Grant:
        """What the subject may do now; see FindsPermissions."""
        ...

    async def taken_back(self, subject: SubjectName) -> datetime | None:
        """Up to when all tokens of a subject were taken back; None if they were not."""
        ...

    async def ended(self, session: str) -> bool:
        """Whether the tokens of a session were taken back, which may be that of an API key."""
        ...

    async def session(self, session: str) -> ClientSession | None:
        """A session."""
        ...

    async def begin(self, session: ClientSession, token: RefreshToken) -> None:
        """Keep a new session and its first refresh token."""
        ...

    async def rotate(self, old: RefreshToken, new: RefreshToken, now: datetime) -> bool:
        """Mark `old` as used and keep `new`. False, and nothing happens, when somebody else was first, or when the
        session was ended meanwhile."""
        ...

    async def end(self, session: str, now: datetime) -> bool:
        """End a session at `now`; whether it went on until then."""
        ...

    async def decide(self, login: DeviceLogin, *, ticket: bytes | None) -> bool:
        """Keep `person`, `ticket`, `scope` and `state` of a login that still waits, if its ticket still is `ticket`
        or if that is None; whether it did. `person` is of the unit's tenant."""
        ...

    async def redeem(self, digest: bytes) -> bool:
        """Mark an approved login as redeemed, once; whether it did."""
        ...

    async def take_back(self, revocation: Revocation, now: datetime) -> None:
        """Take tokens back, if the unit is committed; last but for `record`."""
        ...

    async def record(self, entry: Entry) -> None:
        """Leave an entry in the audit log, if the unit is committed; last of all."""
        ...

    async def commit(self) -> None:
        """Makes everything durable; the unit takes nothing more."""
        ...


class Units(Protocol):
    """Begins units."""

    def unit(self, tenant: str) -> AbstractAsyncContextManager[Unit]:
        """A unit of one tenant."""
        ...
