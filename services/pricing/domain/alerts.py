"""Alerts: who is told, and how, when prices change."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.pricing.domain.changes import PriceChange

MOST_ALERTS: Final = 100
"""The alerts that a tenant has at most."""
MOST_CHANGES: Final = 100
"""The changes that one delivery has at most; it says how many there were."""
MOST_ATTEMPTS: Final = 8
"""How often a delivery is tried: with the pauses below, over about a day."""
SHORTEST_SECRET: Final = 32
"""Characters: what a signature is made with is not to be guessed."""
_FIRST_PAUSE: Final = timedelta(seconds=30)
_LONGEST_PAUSE: Final = timedelta(hours=12)
_GROWTH: Final = 5


@dataclass(frozen=True, slots=True)
class Alert:
    """A wish to be told of changes. Its secret is kept apart, and shown to nobody."""

    id: UUID
    creator: str
    """Within the tenant, as `users/{id}`."""
    display_name: str
    filter: str
    """Which changes, as a filter over `services.pricing.domain.index.FIELDS`; empty for all."""
    url: str
    """Where a POST goes to."""
    create_time: datetime


class DeliveryState(StrEnum):
    """How a delivery stands."""

    WAITING = "waiting"
    """For its first or for another attempt."""
    DELIVERED = "delivered"
    """The receiver answered with a 2xx."""
    GIVEN_UP = "given_up"
    """No attempt is left."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message of an alert: what one version changed that it asks for."""

    id: UUID
    """The receiver knows a repetition by it."""
    alert: UUID
    version: int
    matched: int
    """How many changes there were."""
    state: DeliveryState
    attempts: int
    create_time: datetime
    due_at: datetime
    """When it is tried next, while it waits."""
    ended_at: datetime | None
    outcome: str
    """How the last attempt went: `http 200`, `timeout`, `address`, ...; empty before the first."""


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """A delivery with everything that an attempt needs."""

    tenant: str
    id: UUID
    alert: UUID
    url: str
    secret: bytes = field(repr=False)
    version: int = 0
    matched: int = 0
    changes: tuple[PriceChange, ...] = ()
    """The first of them, in order."""
    attempt: int = 1
    """Counts from 1; who has another number no longer has the delivery."""
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt went."""

    delivered: bool
    what: str
    """`http 200`, `timeout`, `address`, ...: never what the receiver sent."""


def pause(attempts: int, share: float) -> timedelta:
    """How long to wait after so many attempts: five times longer each time, up to half a day, and of that between a
    half and all, by `share` (0 to 1, at random), so that those who failed together do not come back together."""
    growth: int = _GROWTH ** (attempts - 1)
    longest = min(_FIRST_PAUSE * growth, _LONGEST_PAUSE)
    return longest * (0.5 + share / 2)


def signature(secret: bytes, timestamp: int, delivery: UUID, body: bytes) -> str:
    """`t={unix seconds},v1={hexadecimal}`: HMAC-SHA256 over `{timestamp}.{delivery}.{body}`. A receiver that checks it,
    and that the timestamp is of the last minutes, knows who sent the body, and that it is no replay."""
    signed = f"{timestamp}.{delivery}.".encode() + body
    return f"t={timestamp},v1={hmac.digest(secret, signed, hashlib.sha256).hex()}"
