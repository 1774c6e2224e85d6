"""The names of workloads: SPIFFE ids and the DNS names that gRPC's own check of a host needs."""

import re
from typing import Final

TRUST_DOMAIN: Final = "malha.local"
ENVOY: Final = "envoy"
"""The proxy itself, at every hop between services."""
MESH: Final = "mesh"
"""The supervisor."""
OPERATOR: Final = "operator"
"""The person at the command line."""
EDGE: Final = "edge"
"""The caller's name of whatever came through the edge listener; nobody has a certificate of it."""

ID_PREFIX: Final = f"spiffe://{TRUST_DOMAIN}/"
"""What every SPIFFE id of the mesh begins with."""
CALLER_KEY: Final = "x-malha-caller"
"""The header in which Envoy tells, as a SPIFFE id, who called it; Envoy removes what a caller writes there."""

_WORKLOAD = re.compile(r"[a-z][a-z0-9-]{0,62}")


def is_workload(name: str) -> bool:
    """Whether `name` can name a workload: lower-case letters, digits and hyphens, a letter first, 63 at most."""
    return _WORKLOAD.fullmatch(name) is not None


def spiffe_id(workload: str) -> str:
    """The URI that stands in the certificate of `workload`."""
    return ID_PREFIX + workload


def workload_of(uri: str) -> str | None:
    """The workload that a SPIFFE id names; None for another trust domain and for what is no id of ours at all."""
    name = uri.removeprefix(ID_PREFIX)
    return name if name != uri and is_workload(name) else None


def server_name(workload: str) -> str:
    """The DNS name in the certificate of `workload`, for `grpc.ssl_target_name_override`."""
    return f"{workload}.{TRUST_DOMAIN}"
