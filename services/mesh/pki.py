"""The local authority and the edge's certificate, made on the first run and renewed before they end."""

from __future__ import annotations

import ipaddress
import socket
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from services.mesh.certified import Certified, load, vouch_for, vouch_for_oneself
from services.mesh.layout import write_private

if TYPE_CHECKING:
    from pathlib import Path

_DAY = 86_400.0
_AUTHORITY_DAYS = 3650
# The longest life that browsers accept of a server certificate is 398 days.
_EDGE_DAYS = 397
_RENEW_DAYS = 30


def ensure(folder: Path, now: datetime | None = None) -> bool:
    """Make what is missing in `folder` or ends within 30 days: `ca.pem`, `ca.key`, `edge.pem`, `edge.key`.

    Keys are ECDSA P-256, in files that only their owner reads. Returns whether anything was written.
    """
    now = now or datetime.now(UTC)
    fresh_authority = not _current(folder, "ca", now)
    if fresh_authority:
        _make_authority(folder, now)
    if fresh_authority or not _current(folder, "edge", now) or not _issued_by_authority(folder):
        _make_edge(folder, now)
        return True
    return False


def _current(folder: Path, name: str, now: datetime) -> bool:
    certificate = folder / f"{name}.pem"
    if not certificate.exists() or not (folder / f"{name}.key").exists():
        return False
    end = x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    return end - now > timedelta(days=_RENEW_DAYS)


def _issued_by_authority(folder: Path) -> bool:
    """False after a kill between the writing of the two certificates."""
    try:
        authority = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
        _load(folder, "edge").certificate.verify_directly_issued_by(authority)
    except Exception:  # any failure has the same cure: issue it again
        return False
    return True


def _make_authority(folder: Path, now: datetime) -> None:
    name = f"Malha local authority ({socket.gethostname()})"[:64]
    _write(folder, "ca", vouch_for_oneself(name, [], now, _AUTHORITY_DAYS * _DAY))


def _make_edge(folder: Path, now: datetime) -> None:
    names: list[x509.GeneralName] = [
        *(x509.DNSName(name) for name in dict.fromkeys(("localhost", "edge.malha.local", socket.gethostname()))),
        *(x509.IPAddress(ipaddress.ip_address(address)) for address in ("127.0.0.1", "::1")),
    ]
    usages = [ExtendedKeyUsageOID.SERVER_AUTH]
    authority = _load(folder, "ca")
    _write(folder, "edge", vouch_for("edge.malha.local", names, usages, authority, now, _EDGE_DAYS * _DAY))


def _write(folder: Path, name: str, certified: Certified) -> None:
    # The key first: a certificate without its key would look complete after a kill in between.
    write_private(folder / f"{name}.key", certified.key_pem())
    write_private(folder / f"{name}.pem", certified.certificate_pem())
    (folder / f"{name}.pem").chmod(0o644)


def _load(folder: Path, name: str) -> Certified:
    return load(folder / f"{name}.pem", folder / f"{name}.key")
