"""Revocations: what was taken back before its time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

LONGEST_LIFE = timedelta(minutes=10)
"""How long an access token is good at the most."""

# Clocks may differ, and what a client does with its session may still be on its way.
_MARGIN = timedelta(seconds=10)
_SECOND = timedelta(seconds=1)
# Less than what whoever checks tokens allows clocks to differ.
_AHEAD = timedelta(seconds=4)


class RevocationKind(IntEnum):
    """What a revocation's target is; the values are stored."""

    TOKEN = 1
    """One access token, by its id."""
    SESSION = 2
    """All tokens of a session, by its id."""
    SUBJECT = 3
    """All tokens of a subject, by its resource name."""
    TENANT = 4
    """All tokens of a tenant, by its id."""

    @property
    def ends(self) -> bool:
        """Whether there are no later tokens of the same target."""
        return self in (RevocationKind.TOKEN, RevocationKind.SESSION)


@dataclass(frozen=True, slots=True)
class Revocation:
    """Takes back what `target` names, as far as it was issued before `revoke_time`, but for the tokens of the session
    `kept`. By `expire_time` all of that has ended by itself."""

    kind: RevocationKind
    target: str
    revoke_time: datetime
    expire_time: datetime
    kept: str = ""


@dataclass(frozen=True, slots=True)
class NumberedRevocation:
    """A revocation and its place in the order in which they were made, from 1."""

    number: int
    revocation: Revocation


def revocation(kind: RevocationKind, target: str, now: datetime, kept: str = "") -> Revocation:
    """What takes back, at `now`, every token that `target` stands for and that is already issued.

    A token says its time in whole seconds. A session that has ended gets no later tokens, so nothing is lost by a
    margin. Of a subject or a tenant goes what has been issued in this very second; what is issued from now on says the
    next one (`issue_time`).
    """
    revoked = now + _MARGIN if kind.ends else now.replace(microsecond=0) + _SECOND
    return Revocation(kind, target, revoked, now + _MARGIN + LONGEST_LIFE, kept)


def behind(revoked: Revocation, earlier: datetime | None, now: datetime) -> Revocation:
    """The same, at least a second behind an `earlier` one of its target: there may be tokens that say that second.

    Bounded, so that no token comes from the future however often something is taken back within a second.
    """
    if revoked.kind.ends or earlier is None or earlier < revoked.revoke_time:
        return revoked
    latest = min(earlier + _SECOND, now.replace(microsecond=0) + _AHEAD)
    return Revocation(revoked.kind, revoked.target, latest, revoked.expire_time, revoked.kept)


def issue_time(now: datetime, revoked: datetime | None) -> int:
    """What a token that is issued at `now` says of that, in seconds since 1970: not before its subject's others were
    taken back for the last time, so that it is good at once."""
    whole = int(now.timestamp())
    return whole if revoked is None else max(whole, int(revoked.timestamp()))
