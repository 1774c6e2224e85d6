"""The certificates of the mesh's own authorities and of the workloads they vouch for."""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from services.runtime.identity.spiffe import TRUST_DOMAIN, server_name, spiffe_id

if TYPE_CHECKING:
    from collections.abc import Sequence

# A clock that is a little behind must accept a fresh certificate; one of a short life is backdated less.
_LONGEST_BACKDATE = 300.0
_BACKDATED_SHARE = 10
# What floating point may add to a whole second.
_TICK = 0.001


@dataclass(frozen=True, slots=True)
class Certified:
    """A key (ECDSA P-256) and the certificate over it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def serial(self) -> str:
        """The certificate's serial number in hexadecimal digits."""
        return f"{self.certificate.serial_number:x}"

    @property
    def expires_at(self) -> datetime:
        """The certificate's last moment."""
        return self.certificate.not_valid_after_utc

    def certificate_pem(self) -> bytes:
        """The certificate as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def key_pem(self) -> bytes:
        """The key as PEM, not encrypted: for a file that only its owner reads."""
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


def make_authority(now: datetime, lifetime: float) -> Certified:
    """A new authority of our trust domain that vouches for itself, for `lifetime` seconds."""
    key = ec.generate_private_key(ec.SECP256R1())
    # A name of its own: while two authorities are trusted, a verifier finds the right one by its name.
    mark = secrets.token_hex(4)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Malha authority {mark} of {TRUST_DOMAIN}")])
    certificate = (
        _builder(name, name, key, now, lifetime)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(f"spiffe://{TRUST_DOMAIN}")]), False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Certified(certificate, key)


def issue(authority: Certified, workload: str, now: datetime, lifetime: float) -> Certified:
    """A certificate of `workload` over a new key, for `lifetime` seconds and never beyond the authority's own end."""
    left = (authority.expires_at - now).total_seconds()
    names = [x509.UniformResourceIdentifier(spiffe_id(workload)), x509.DNSName(server_name(workload))]
    return issue_for(authority, workload, names, now, min(lifetime, left))


def issue_for(
    authority: Certified, common_name: str, names: Sequence[x509.GeneralName], now: datetime, lifetime: float
) -> Certified:
    """A certificate for client and server use with exactly these alternative names; with none when there are none."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    builder = (
        _builder(subject, authority.certificate.subject, key, now, lifetime)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return Certified(builder.sign(authority.key, hashes.SHA256()), key)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, lifetime: float
) -> x509.CertificateBuilder:
    backdate = timedelta(seconds=min(_LONGEST_BACKDATE, lifetime / _BACKDATED_SHARE))
    # Certificates count whole seconds: rounded up, so that a life of seconds is not a third shorter than asked for.
    end = datetime.fromtimestamp(math.ceil(now.timestamp() + lifetime - _TICK), UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - backdate)
        .not_valid_after(end)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates, key_cert_sign=signs_certificates, crl_sign=signs_certificates,
        content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
