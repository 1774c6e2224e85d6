"""What an entry of the audit log holds, and why.

| field | why it is kept |
|---|---|
| `subject`, `kind`, `client` | who did it: the id of a user or service account, never a name or an address of mail |
| `caller` | the workload through which it came |
| `network` | from where, as a network of many: an IPv4 address loses its last 8 bits, an IPv6 address all but 48 |
| `method`, `action`, `resource` | what was done, and to what: names of resources, never their content |
| `decision`, `reason` | how it ended |
| `request_id`, `trace_id` | where the rest is: in logs and traces, which are kept for days, not for years |
| `details` | a few short words that tell two actions of one name apart; never what a person typed |

Neither messages nor tokens, passwords, addresses or what was analysed are ever part of it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from uuid import UUID, uuid4

PLATFORM = "-"
"""The tenant of what belongs to none, such as a call that was refused before anybody knew whose it was."""

_LONGEST = 256
_MOST_DETAILS = 16


class Decision(StrEnum):
    """How it ended."""

    ALLOWED = "ALLOWED"
    REFUSED = "REFUSED"
    LOST = "LOST"
    """Entries that could not be written; `details` has their `count`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry, as it is written; its place in the chain and its moment come from the database."""

    tenant: str
    action: str
    resource: str = ""
    decision: Decision = Decision.ALLOWED
    reason: str = ""
    method: str = ""
    kind: str = ""
    subject: str = ""
    client: str = ""
    caller: str = ""
    network: str = ""
    request_id: str = ""
    trace_id: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    id: UUID = field(default_factory=uuid4)

    def parameters(self) -> dict[str, object]:
        """The arguments of `audit.append`, cut to what a database's text holds and an entry should."""
        texts = {name: _text(getattr(self, name)) for name in _TEXTS}
        details = {_text(key): _text(value) for key, value in sorted(self.details.items())[:_MOST_DETAILS]}
        return texts | {
            "owner": self.tenant,
            "id": self.id,
            "details": json.dumps(details, ensure_ascii=False, separators=(",", ":")),
        }

    def with_details(self, **details: str) -> "Entry":
        """The same entry with further details."""
        return replace(self, details={**self.details, **details})


_TEXTS = (
    "method", "action", "resource", "decision", "reason", "kind", "subject", "client", "caller", "network",
    "request_id", "trace_id",
)  # fmt: skip


def network_of(address: str) -> str:
    """The network that an entry may name for an address: /24 or /48. Empty for what is no address."""
    try:
        found: IPv4Address | IPv6Address = ip_address(address.strip())
    except ValueError:
        return ""
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return str(ip_network(f"{found}/{24 if found.version == 4 else 48}", strict=False))


def _text(value: str) -> str:
    return str(value).encode("utf-8", "replace").decode().replace("\0", "")[:_LONGEST]
