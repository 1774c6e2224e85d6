"""The certificates of the mesh's own authorities and of the workloads they vouch for."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from services.mesh.certified import Certified, vouch_for, vouch_for_oneself
from services.runtime.identity.spiffe import TRUST_DOMAIN, server_name, spiffe_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


def make_authority(now: datetime, lifetime: float) -> Certified:
    """A new authority of our trust domain that vouches for itself, for `lifetime` seconds."""
    # A name of its own: while two authorities are trusted, a verifier finds the right one by its name.
    name = f"Malha authority {secrets.token_hex(4)} of {TRUST_DOMAIN}"
    return vouch_for_oneself(name, [x509.UniformResourceIdentifier(f"spiffe://{TRUST_DOMAIN}")], now, lifetime)


def issue(authority: Certified, workload: str, now: datetime, lifetime: float) -> Certified:
    """A certificate of `workload` over a new key, for `lifetime` seconds and never beyond the authority's own end."""
    left = (authority.expires_at - now).total_seconds()
    names = [x509.UniformResourceIdentifier(spiffe_id(workload)), x509.DNSName(server_name(workload))]
    return issue_for(authority, workload, names, now, min(lifetime, left))


def issue_for(
    authority: Certified, common_name: str, names: Sequence[x509.GeneralName], now: datetime, lifetime: float
) -> Certified:
    """A certificate for client and server use with exactly these alternative names; with none when there are none."""
    usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    return vouch_for(common_name, names, usages, authority, now, lifetime)
