"""How long one has to wait after attempts that failed: exponentially longer, and never for ever.

OWASP's Authentication Cheat Sheet describes the scheme: some attempts free, then a second, doubled with each failure.
The longest wait bounds what an attacker can do to the owner of an account, and leaves 96 guesses a day. Waits that
grow are what NIST SP 800-63B (3.2.2) suggests, so that its bound of 100 failures in a row is hard to reach.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network

from services.identity.directory.domain.users import Login

# The part of an IPv6 address that one customer of a provider has (RFC 6177).
_IPV6_PREFIX = 64


@dataclass(frozen=True, slots=True)
class Attempts:
    """The failures in a row of one account or address, and until when nothing more is tried."""

    failures: int
    last_failure: datetime
    locked_until: datetime


@dataclass(frozen=True, slots=True)
class LockPolicy:
    """`free` failures cost nothing; the next costs a wait of `first`, each further one twice as much, up to `longest`.
    After `forget` without a failure all is forgotten."""

    free: int
    first: timedelta
    longest: timedelta
    forget: timedelta

    def wait(self, attempts: Attempts | None, now: datetime) -> timedelta:
        """How long nothing may be tried; zero if it may. Never more than `longest`, whatever the clock did."""
        if attempts is None:
            return timedelta()
        return min(max(attempts.locked_until - now, timedelta()), self.longest)

    def after_failure(self, attempts: Attempts | None, now: datetime) -> Attempts:
        """The attempts with one more failure."""
        before = 0 if attempts is None or now - attempts.last_failure >= self.forget else attempts.failures
        failures = before + 1
        return Attempts(failures, now, now + self._penalty(failures))

    def _penalty(self, failures: int) -> timedelta:
        beyond = failures - self.free
        if beyond <= 0:
            return timedelta()
        doublings = min(beyond - 1, 32)  # far beyond any longest wait; keeps the product small
        return min(self.first * (1 << doublings), self.longest)


_LONGEST = timedelta(minutes=15)
_FORGET = timedelta(days=1)
ACCOUNT = LockPolicy(free=5, first=timedelta(seconds=1), longest=_LONGEST, forget=_FORGET)
# Many people may share an address.
ADDRESS = LockPolicy(free=20, first=timedelta(seconds=1), longest=_LONGEST, forget=_FORGET)


class Watched(StrEnum):
    """Whose failures are counted."""

    ACCOUNT = "account"
    ADDRESS = "address"

    @property
    def policy(self) -> LockPolicy:
        """How long its failures cost."""
        return ACCOUNT if self is Watched.ACCOUNT else ADDRESS


@dataclass(frozen=True, slots=True)
class AttemptKey:
    """One account or address whose failures are counted. What is kept is a hash: of accounts that do not exist, too."""

    watched: Watched
    digest: bytes


def account_key(login: Login) -> AttemptKey:
    """The key of an account that one signs in to by name, whether it exists or not."""
    return _key(Watched.ACCOUNT, f"login\0{login.tenant}\0{login.username}")


def address_key(address: str) -> AttemptKey:
    """The key of where somebody is; all addresses of one IPv6 network of 64 bits share it."""
    try:
        place = ip_address(address)
    except ValueError:
        return _key(Watched.ADDRESS, "unknown")
    if isinstance(place, IPv6Address):
        mapped = place.ipv4_mapped
        text = str(mapped) if mapped is not None else str(ip_network((place, _IPV6_PREFIX), strict=False))
        return _key(Watched.ADDRESS, text)
    return _key(Watched.ADDRESS, str(place))


def _key(watched: Watched, text: str) -> AttemptKey:
    return AttemptKey(watched, hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
