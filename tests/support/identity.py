"""Identities for tests: a mesh's own, from its rotation, and forged ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.mesh.certified import Certified
from services.mesh.identity import Rotation
from services.mesh.identity.authorities import Authorities
from services.mesh.identity.certificates import issue_for
from services.runtime.identity.credentials import channel_credentials
from services.runtime.identity.files import IdentityFolder
from services.runtime.identity.spiffe import server_name

if TYPE_CHECKING:
    from collections.abc import Sequence

WORKLOADS = ("echo", "analysis", "envoy", "mesh", "operator")


def make_identities(root: Path, lifetime: float = 60.0, **options: Any) -> Rotation:
    """The identities of `WORKLOADS` below `root / "identity"`, made now."""
    rotation = Rotation(root, WORKLOADS, lifetime, **options)
    rotation.ensure()
    return rotation


def authority_of(root: Path) -> Certified:
    """The authority that issues in `root`, for certificates that it would never issue."""
    return Authorities(root / "identity" / "authority").active()


def forge(
    authority: Certified, uris: Sequence[str] = (), dns: Sequence[str] = (), *, begins: float = 0.0, life: float = 60.0,
    common_name: str = "forged",
) -> Certified:  # fmt: skip
    """A certificate with any names, valid from `begins` seconds from now on for `life` seconds."""
    names = [*map(x509.UniformResourceIdentifier, uris), *map(x509.DNSName, dns)]
    begin = datetime.fromtimestamp(datetime.now(UTC).timestamp() + begins, UTC)
    return issue_for(authority, common_name, names, begin, life)


def self_signed(uri: str) -> Certified:
    """A certificate that nobody but its own key vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "forged")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(seconds=60))
        .not_valid_after(now + timedelta(seconds=60))
        .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Certified(certificate, key)


def mesh_credentials(root: Path, workload: str) -> grpc.ChannelCredentials:
    """What `workload` shows and trusts now."""
    return channel_credentials(IdentityFolder(root / "identity" / workload).last)


def forged_credentials(root: Path, certified: Certified | None) -> grpc.ChannelCredentials:
    """Trusts the mesh, and shows `certified` or nothing."""
    bundle = IdentityFolder(root / "identity" / "operator").last.bundle
    if certified is None:
        return grpc.ssl_channel_credentials(bundle)
    return grpc.ssl_channel_credentials(bundle, certified.key_pem(), certified.certificate_pem())


def open_channel(address: str, credentials: grpc.ChannelCredentials, workload: str = "echo") -> grpc.aio.Channel:
    """A channel of its own connection to a server that proves to be `workload`."""
    return grpc.aio.secure_channel(address, credentials, _options(workload))


def open_blocking_channel(address: str, credentials: grpc.ChannelCredentials, workload: str) -> grpc.Channel:
    """The same for who waits."""
    return grpc.secure_channel(address, credentials, _options(workload))


def _options(workload: str) -> list[tuple[str, str | int]]:
    return [("grpc.ssl_target_name_override", server_name(workload)), ("grpc.use_local_subchannel_pool", 1)]
