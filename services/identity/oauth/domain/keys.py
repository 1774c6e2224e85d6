"""When signing keys are made, published, used and dropped.

A key is published before it signs, so that whoever checks tokens has it by then, and stays published until the last
token that it signed has ended:

    made, published ..... lead ..... signs for a period ..... the next one signs ..... dropped
                                                            |<- life of a token, margin ->|
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key for Ed25519 that signs from `active_time` on, until the next one does. `private` is sealed."""

    id: str
    public: bytes
    private: bytes
    active_time: datetime


@dataclass(frozen=True, slots=True)
class KeyPolicy:
    """How long a key signs (`period`), how long before that it is published (`lead`), how long a token lives, and by
    how much the clocks of those who check it may differ (`margin`)."""

    period: timedelta
    lead: timedelta
    token_life: timedelta
    margin: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done now: a new key that signs from `next_active` on, if that is given, and keys to drop."""

    next_active: datetime | None
    drop: tuple[str, ...]


def in_order(keys: Sequence[SigningKey]) -> tuple[SigningKey, ...]:
    """The keys in the order in which they come into use."""
    return tuple(sorted(keys, key=lambda key: (key.active_time, key.id)))


def signer(keys: Sequence[SigningKey], now: datetime) -> SigningKey | None:
    """The key that signs at `now`; None if there is none at all.

    If the clock was set back before the first key's time, that one signs: it is published, after all.
    """
    ordered = in_order(keys)
    active = [key for key in ordered if key.active_time <= now]
    if active:
        return active[-1]
    return ordered[0] if ordered else None


def plan(keys: Sequence[SigningKey], usable: frozenset[str], now: datetime, policy: KeyPolicy) -> Plan:
    """What to do with `keys` at `now`. Those that are not `usable` cannot sign (what they were sealed with is gone)."""
    return Plan(_next_active([key for key in keys if key.id in usable], now, policy), _ended(keys, now, policy))


def _next_active(keys: Sequence[SigningKey], now: datetime, policy: KeyPolicy) -> datetime | None:
    if not keys:
        return now
    successor = in_order(keys)[-1].active_time + policy.period
    # Whoever was away for long makes up for it, and still publishes first.
    return max(successor, now + policy.lead) if now >= successor - policy.lead else None


def _ended(keys: Sequence[SigningKey], now: datetime, policy: KeyPolicy) -> tuple[str, ...]:
    ordered = in_order(keys)
    keep = policy.token_life + policy.margin
    return tuple(key.id for key, successor in pairwise(ordered) if successor.active_time + keep <= now)
