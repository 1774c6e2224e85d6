"""Revocations: what was taken back before its time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class RevocationKind(IntEnum):
    """What a revocation's target is; the values are stored."""

    TOKEN = 1
    """One access token, by its id."""
    SESSION = 2
    """All tokens of a session, by its id."""
    SUBJECT = 3
    """All tokens of a subject, by its resource name."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """Takes back what `target` names, as far as it was issued before `revoke_time`. By `expire_time` all of that has
    ended by itself."""

    kind: RevocationKind
    target: str
    revoke_time: datetime
    expire_time: datetime


@dataclass(frozen=True, slots=True)
class NumberedRevocation:
    """A revocation and its place in the order in which they were made, from 1."""

    number: int
    revocation: Revocation
