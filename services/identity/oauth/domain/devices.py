"""Logins of devices that have no browser (RFC 8628): codes, decisions, and how often a device may ask."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, IntEnum, auto

from services.identity.directory.domain.subjects import Session
from services.identity.oauth.domain.scopes import Scope

# RFC 8628, 6.1: letters that are hard to confuse and spell no word; eight of them are 34 bits.
_ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
_LETTERS = 8
_SECRET_BYTES = 32
_LONGER = timedelta(seconds=5)
# An interval beyond this helps nobody: the codes end before the next question.
_LONGEST = timedelta(minutes=1)
# A device that keeps its interval exactly must not be blamed for the network's hurry.
_TOLERANCE = timedelta(milliseconds=500)


class DeviceState(IntEnum):
    """How far a login is; the values are stored."""

    WAITING = 1
    APPROVED = 2
    DENIED = 3
    REDEEMED = 4
    """The device has its tokens."""


@dataclass(frozen=True, slots=True)
class DevicePolicy:
    """How long the codes are good, how long a device waits between two questions, and how many may wait at once."""

    life: timedelta
    interval: timedelta
    most_waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLogin:
    """The login of a device, from its first question to its tokens.

    `digest` is the hash of its device code. `person` is who decides, once somebody has proved to be somebody: until the
    decision the hash of the `ticket` that stands in the page says that it is still the same one.
    """

    digest: bytes
    user_code: str
    client: str
    scope: Scope
    create_time: datetime
    expire_time: datetime
    interval: timedelta
    state: DeviceState = DeviceState.WAITING
    last_poll: datetime | None = None
    person: Session | None = None
    ticket: bytes | None = None

    def waits(self, now: datetime) -> bool:
        """Whether somebody can still decide."""
        return self.state is DeviceState.WAITING and now < self.expire_time


class Poll(Enum):
    """What a device hears."""

    PENDING = auto()
    TOO_EARLY = auto()
    EXPIRED = auto()
    DENIED = auto()
    APPROVED = auto()


def poll(login: DeviceLogin, now: datetime) -> tuple[Poll, DeviceLogin]:
    """What a device that asks at `now` hears, and what is to be remembered of it."""
    if login.state is DeviceState.REDEEMED or now >= login.expire_time:
        return Poll.EXPIRED, login
    # Counted from the last question in time, so that a device that never learns still hears something in the end. A
    # clock that was set back makes it wait for nothing.
    early = login.last_poll is not None and timedelta(0) <= now - login.last_poll < login.interval - _TOLERANCE
    if early:
        return Poll.TOO_EARLY, replace(login, interval=min(login.interval + _LONGER, _LONGEST))
    asked = replace(login, last_poll=now)
    if login.state is DeviceState.DENIED:
        return Poll.DENIED, asked
    return (Poll.APPROVED if login.state is DeviceState.APPROVED else Poll.PENDING), asked


def new_user_code() -> str:
    """A code for people to give."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LETTERS))


def shown(user_code: str) -> str:
    """A code as people read it: in two halves."""
    return f"{user_code[: _LETTERS // 2]}-{user_code[_LETTERS // 2 :]}"


def normalised(text: str) -> str:
    """The code that somebody gave: case, spaces and dashes do not matter. Empty if it can be none."""
    code = "".join(letter for letter in text.upper() if letter not in " -\t")
    return code if len(code) == _LETTERS and set(code) <= set(_ALPHABET) else ""


def new_secret() -> str:
    """A device code, or a ticket, that nobody has."""
    return secrets.token_urlsafe(_SECRET_BYTES)
