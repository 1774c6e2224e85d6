"""How often somebody may call: limits, who has which, and whom a descriptor of the edge names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

STRICTEST = "free"
"""The tier of a user whose own is unknown here."""
ANONYMOUS = "anonymous"
GLOBAL = "global"

# What the edge calls the parts of a descriptor; see `services/mesh/render/limits.py`.
TENANT, USER, TIER, ADDRESS, EVERYONE = "tenant", "user", "tier", "masked_remote_address", "everyone"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many calls in any window of this length, in milliseconds."""

    name: str
    calls: int
    window_ms: int
    shadow: bool = False
    """Whether it is only counted, and refuses nobody."""


class Claim(NamedTuple):
    """What one call wants of one limit."""

    limit: Limit
    subject: str
    """Who is counted together: equal subjects share the limit."""
    who: str
    """The same for the eyes of the caller."""
    cost: int


@dataclass(frozen=True, slots=True)
class Policy:
    """Who has which limit."""

    users: Mapping[str, Limit]
    """By tier; `STRICTEST` is always there."""
    anonymous: Limit
    everyone: Limit
    tenants: Mapping[str, Mapping[str, Limit]] = field(default_factory=dict)
    """By tenant and tier, what goes before `users`."""

    def claim(self, parts: Mapping[str, str], cost: int) -> Claim | None:
        """What a call with a descriptor of these parts wants; None when no limit is meant by them.

        Nobody wants more than the whole limit: a call that costs more waits for an untouched window and uses it up.
        """
        if USER in parts:
            tenant = parts.get(TENANT, "")
            limit = self._user(tenant, parts.get(TIER, ""))
            # The tier is no part of the subject: another token of the same user finds what the first one left.
            who = parts[USER]
            subject = f"user:{len(tenant)}:{tenant}:{who}"
        elif ADDRESS in parts:
            limit = self.anonymous
            subject = who = f"address:{parts[ADDRESS]}"
        elif EVERYONE in parts:
            limit = self.everyone
            subject = who = "everyone"
        else:
            return None
        return Claim(limit, subject, who, min(max(cost, 1), limit.calls))

    def _user(self, tenant: str, tier: str) -> Limit:
        if tier not in self.users:
            tier = STRICTEST
        own = self.tenants.get(tenant)
        return self.users[tier] if own is None else own.get(tier) or self.users[tier]
