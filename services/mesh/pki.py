"""The local authority and the edge's certificate, made on the first run and renewed before they end."""

from __future__ import annotations

import ipaddress
import socket
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from services.mesh.layout import write_private

if TYPE_CHECKING:
    from pathlib import Path

_AUTHORITY_DAYS = 3650
# The longest life that browsers accept of a server certificate is 398 days.
_EDGE_DAYS = 397
_RENEW_DAYS = 30
# A clock that is a little behind must accept a fresh certificate.
_BACKDATE = timedelta(minutes=5)


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
    return _load(certificate).not_valid_after_utc - now > timedelta(days=_RENEW_DAYS)


def _issued_by_authority(folder: Path) -> bool:
    """False after a kill between the writing of the two certificates."""
    try:
        _load(folder / "edge.pem").verify_directly_issued_by(_load(folder / "ca.pem"))
    except Exception:  # any failure has the same cure: issue it again
        return False
    return _load(folder / "edge.pem").public_key() == _load_key(folder / "edge.key").public_key()


def _make_authority(folder: Path, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Malha local authority ({socket.gethostname()})"[:64])])
    certificate = (
        _builder(name, name, key.public_key(), now, _AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write(folder, "ca", key, certificate)


def _make_edge(folder: Path, now: datetime) -> None:
    authority, authority_key = _load(folder / "ca.pem"), _load_key(folder / "ca.key")
    key = ec.generate_private_key(ec.SECP256R1())
    names: list[x509.GeneralName] = [
        *(x509.DNSName(name) for name in dict.fromkeys(("localhost", "edge.malha.local", socket.gethostname()))),
        *(x509.IPAddress(ipaddress.ip_address(address)) for address in ("127.0.0.1", "::1")),
    ]
    certificate = (
        _builder(
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "edge.malha.local")]),
            authority.subject, key.public_key(), now, _EDGE_DAYS,
        )
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )  # fmt: skip
    _write(folder, "edge", key, certificate)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATE)
        .not_valid_after(now + timedelta(days=days))
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates, key_cert_sign=signs_certificates, crl_sign=signs_certificates,
        content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _write(folder: Path, name: str, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
    # The key first: a certificate without its key would look complete after a kill in between.
    write_private(
        folder / f"{name}.key",
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )
    write_private(folder / f"{name}.pem", certificate.public_bytes(serialization.Encoding.PEM))
    (folder / f"{name}.pem").chmod(0o644)


def _load(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def _load_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} is not a key of ours")
    return key
