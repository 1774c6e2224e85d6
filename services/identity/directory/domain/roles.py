"""Roles: named sets of permissions, and who has them under which conditions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from uuid import UUID

from services.identity.directory.domain.subjects import SubjectName

PERMISSION = re.compile(r"[a-z][a-zA-Z0-9]*\.[a-z][a-zA-Z0-9]*\.[a-z][a-zA-Z0-9]*")

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Role:
    """A set of permissions with a name. Those that are built in belong to no tenant and cannot be changed; `revision`
    counts the changes of the others. `wildcards` stand for permissions that the role gives by its rule, also those that
    will be there one day."""

    id: str
    tenant: str
    display_name: str
    description: str
    permissions: frozenset[str]
    built_in: bool
    revision: int
    create_time: datetime
    update_time: datetime
    wildcards: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Conditions:
    """When a binding holds: from `not_before` up to, not including, `not_after`; from one of `networks` (any, if none
    is named); and only with a second factor, if that is asked for. All of them have to be met."""

    not_before: datetime | None = None
    not_after: datetime | None = None
    networks: tuple[Network, ...] = ()
    second_factor: bool = False

    def met(self, now: datetime, address: str, *, mfa: bool) -> bool:
        """Whether they are met. An `address` that cannot be read is in no network."""
        if self.not_before is not None and now < self.not_before:
            return False
        if self.not_after is not None and now >= self.not_after:
            return False
        if self.second_factor and not mfa:
            return False
        return not self.networks or _inside(address, self.networks)


ALWAYS = Conditions()


@dataclass(frozen=True, slots=True)
class RoleBinding:
    """Gives a role to a subject of the same tenant, under conditions."""

    id: UUID
    tenant: str
    subject: SubjectName
    role: str
    conditions: Conditions
    create_time: datetime


def _inside(address: str, networks: tuple[Network, ...]) -> bool:
    try:
        place: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return False
    if isinstance(place, IPv6Address) and place.ipv4_mapped is not None:
        place = place.ipv4_mapped  # what a socket that takes both kinds calls an IPv4 address
    return any(place in network for network in networks)
