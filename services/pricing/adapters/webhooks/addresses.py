"""Which URLs and addresses a webhook may have: only what is reached over the public internet."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

import httpx

from services.pricing.domain.errors import WebhookNotAllowed

LONGEST_URL: Final = 2_000
PORTS: Final = frozenset({443, 8443})
"""What webhooks are served on; other ports are where other programs listen."""

# Of 6to4 (RFC 3056), Teredo (RFC 4380), NAT64 (RFC 6052, RFC 8215) and IPv4 mapped (RFC 4291): they lead to an IPv4
# address within them.
_TRANSLATED: Final = tuple(
    IPv6Network(network)
    for network in ("2002::/16", "2001::/32", "64:ff9b::/96", "64:ff9b:1::/48", "::/96", "::ffff:0:0/96")
)
# Public by number, and yet a service of the cloud that a machine runs in: Azure's platform endpoint, as
# https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16 describes it (read 2026-11-21).
_INSIDE: Final = frozenset({ip_address("168.63.129.16")})
_INNER: Final = frozenset({"localhost", "local", "internal"})
_MORE: Final = tuple(ip_network(network) for network in ("192.88.99.0/24", "fec0::/10", "100::/64", "5f00::/16"))


def checked(url: str, *, local: bool = False) -> httpx.URL:
    """The URL, when it is one that a webhook may have, as far as that can be told without looking it up.

    `local` is for tests: it allows http and any port. Raises WebhookNotAllowed.
    """
    if len(url) > LONGEST_URL:
        raise WebhookNotAllowed("length")
    try:
        found = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise WebhookNotAllowed("url") from None
    if found.scheme not in (("https", "http") if local else ("https",)):
        raise WebhookNotAllowed("scheme")
    if found.userinfo or found.fragment or not found.host or "\\" in url:
        raise WebhookNotAllowed("url")
    if not local and (found.port or 443) not in PORTS:
        raise WebhookNotAllowed("port")
    literal = _literal(found.host)
    if literal is not None and not (local or public(literal)):
        raise WebhookNotAllowed("address")
    if literal is None and not local and _inner(found.host):
        raise WebhookNotAllowed("address")
    return found


def public(address: str) -> bool:
    """Whether an address is one of the public internet. What only looks like one, since it is mapped, translated or
    belongs to the machine's own cloud, is not."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if "%" in address:
        return False
    return _public(found)


def _public(found: IPv4Address | IPv6Address) -> bool:
    if found.version == 6 and any(found in network for network in _TRANSLATED):
        return False
    special = found.is_multicast or found.is_reserved or found.is_unspecified or found.is_loopback
    inside = found in _INSIDE or any(found in network for network in _MORE)
    return found.is_global and not special and not found.is_link_local and not inside


def _inner(host: str) -> bool:
    """Whether a name is one that no public name server knows: without a dot, or below what is kept for inner names
    (RFC 6761, RFC 6762, RFC 8375, and `internal`, which ICANN reserved in 2024)."""
    name = host.rstrip(".").lower()
    return "." not in name or name.rpartition(".")[2] in _INNER or name.endswith(".home.arpa")


def _literal(host: str) -> str | None:
    try:
        return str(ip_address(host.strip("[]")))
    except ValueError:
        return None
