"""Keys with certificates over them: of an authority that vouches for itself, and of those it vouches for."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

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


def load(certificate: Path, key: Path) -> Certified:
    """What two PEM files hold; raises OSError, ValueError, or TypeError for a key that is not the certificate's."""
    loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    loaded_key = serialization.load_pem_private_key(key.read_bytes(), password=None)
    if not isinstance(loaded_key, ec.EllipticCurvePrivateKey) or loaded_key.public_key() != loaded.public_key():
        raise TypeError(f"the key in {key} is not that of {certificate}")
    return Certified(loaded, loaded_key)


def vouch_for_oneself(common_name: str, names: Sequence[x509.GeneralName], now: datetime, lifetime: float) -> Certified:
    """A new authority, which signs certificates and no other authority's, for `lifetime` seconds."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _named(common_name)
    builder = _builder(name, name, key, now, lifetime, names)
    return Certified(_constrained(builder, authority=True).sign(key, hashes.SHA256()), key)


def vouch_for(
    common_name: str,
    names: Sequence[x509.GeneralName],
    usages: Sequence[x509.ObjectIdentifier],
    authority: Certified,
    now: datetime,
    lifetime: float,
) -> Certified:
    """A certificate over a new key, with exactly these alternative names, for `lifetime` seconds."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(_named(common_name), authority.certificate.subject, key, now, lifetime, names)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False).add_extension(issuer, critical=False)
    return Certified(_constrained(builder, authority=False).sign(authority.key, hashes.SHA256()), key)


def _named(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    lifetime: float,
    names: Sequence[x509.GeneralName],
) -> x509.CertificateBuilder:
    backdate = timedelta(seconds=min(_LONGEST_BACKDATE, lifetime / _BACKDATED_SHARE))
    # Certificates count whole seconds: rounded up, so that a life of seconds is not a third shorter than asked for.
    end = datetime.fromtimestamp(math.ceil(now.timestamp() + lifetime - _TICK), UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - backdate)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return builder.add_extension(x509.SubjectAlternativeName(names), critical=False) if names else builder


def _constrained(builder: x509.CertificateBuilder, *, authority: bool) -> x509.CertificateBuilder:
    usage = x509.KeyUsage(
        digital_signature=not authority, key_cert_sign=authority, crl_sign=authority,
        content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
    constraints = x509.BasicConstraints(ca=authority, path_length=0 if authority else None)
    return builder.add_extension(constraints, critical=True).add_extension(usage, critical=True)
