"""Sessions: what stands behind refresh tokens, each of which is good once."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from services.identity.directory.domain.subjects import Session

_SECRET_BYTES = 32
_MARK = "mr_"


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """How long a session lasts in all (`life`), and how long without being renewed (`idle`)."""

    life: timedelta
    idle: timedelta


@dataclass(frozen=True, slots=True)
class ClientSession:
    """A login that goes on: of whom (`of`, whose `scopes` are what it is cut down to), through which client, until when
    at most. `revoke_time` says when it was ended early."""

    id: str
    client: str
    of: Session
    create_time: datetime
    expire_time: datetime
    revoke_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A refresh token as it is kept: by the hash of its text. `use_time` says when it was used, which is once."""

    digest: bytes
    tenant: str
    session: str
    create_time: datetime
    expire_time: datetime
    use_time: datetime | None = None


class Verdict(Enum):
    """What a refresh token is worth."""

    GOOD = auto()
    ENDED = auto()
    """It, or its session, has ended."""
    REUSED = auto()
    """It was used before: two parties have it, and one of them should not."""


def verdict(token: RefreshToken, session: ClientSession, now: datetime) -> Verdict:
    """What `token` of `session` is worth at `now`."""
    if session.revoke_time is not None or now >= session.expire_time:
        return Verdict.ENDED
    if token.use_time is not None:
        return Verdict.REUSED
    return Verdict.ENDED if now >= token.expire_time else Verdict.GOOD


def new_secret() -> str:
    """The text of a refresh token that nobody has."""
    return _MARK + secrets.token_urlsafe(_SECRET_BYTES)


def is_refresh_token(text: str) -> bool:
    """Whether a text looks like a refresh token, which no access token does."""
    return text.startswith(_MARK)


def digest_of(text: str) -> bytes:
    """What is kept of a secret of 256 bits: nobody finds it from its hash, however fast the hash is."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def token_of(session: ClientSession, secret: str, now: datetime, policy: SessionPolicy) -> RefreshToken:
    """The refresh token `secret`, made at `now` for a session, which it never outlives."""
    expire = min(now + policy.idle, session.expire_time)
    return RefreshToken(digest_of(secret), session.of.tenant, session.id, now, expire)
