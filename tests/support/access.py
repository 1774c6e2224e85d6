"""Who may call what, by the contracts: read from the descriptors by a reader of its own, for tests to compare with.

`python -m tests.support.access` takes what the contracts say now for approved: look at the difference that it makes.
"""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from google.api import annotations_pb2
from malha.policy.v1 import policy_pb2

from services.mesh.topology import ADMIN, PROFILES

if TYPE_CHECKING:
    from google.protobuf.descriptor import MethodDescriptor

    from services.mesh.topology import Service

SERVICES: tuple[Service, ...] = tuple(
    dict.fromkeys(service for profile in ("default", "trust") for service in PROFILES[profile].services)
)
"""Every service of a guarded mesh, the echo service of tests included."""


@dataclass(frozen=True)
class Rpc:
    """One method as the contract has it."""

    service: Service
    descriptor: MethodDescriptor

    @property
    def path(self) -> str:
        """The gRPC path."""
        return f"/{self.descriptor.containing_service.full_name}/{self.descriptor.name}"

    @property
    def policy(self) -> policy_pb2.MethodPolicy:
        """What the contract says of it."""
        return self.descriptor.GetOptions().Extensions[policy_pb2.method]

    @property
    def rest(self) -> tuple[str, str] | None:
        """Verb and path of its REST form, with `x` for every variable; None when it has none."""
        rule = self.descriptor.GetOptions().Extensions[annotations_pb2.http]
        verb = rule.WhichOneof("pattern")
        return None if verb is None else (verb.upper(), _filled(getattr(rule, verb)))

    def expected(self, kind: str, permissions: frozenset[str]) -> str:
        """Why a good token of this kind, `users` or `serviceAccounts`, is refused; empty when it is not."""
        policy = self.policy
        if policy.access == policy_pb2.ACCESS_ANONYMOUS:
            return ""
        wanted = {policy_pb2.ACCESS_USER: "users", policy_pb2.ACCESS_SERVICE: "serviceAccounts"}.get(policy.access)
        if wanted not in (None, kind):
            return "CREDENTIAL_KIND_NOT_ALLOWED"
        return "" if policy.permission in permissions else "PERMISSION_MISSING"


def rpcs(service: Service) -> list[Rpc]:
    """The methods that can be called from outside."""
    return [rpc for rpc in all_rpcs(service) if "edge" in rpc.policy.callers]


def all_rpcs(service: Service) -> list[Rpc]:
    """All methods."""
    return [
        Rpc(service, method)
        for contract in service.contracts
        for group in importlib.import_module(contract).DESCRIPTOR.services_by_name.values()
        for method in group.methods
    ]


def line(rpc: Rpc) -> str:
    """What the contract says of a method, on one line."""
    policy = rpc.policy
    access = policy_pb2.Access.Name(policy.access).removeprefix("ACCESS_").lower().replace("unspecified", "token")
    more = "".join(f" +{permission}" for permission in policy.further_permissions)
    return f"{rpc.path[1:]} {access} {policy.permission}{more} by {','.join(sorted(policy.callers))}"


def _filled(template: str) -> str:
    """`/v1/{name=reports/*}:share` as `/v1/reports/x:share`."""
    path = re.sub(r"\{[^=}]+=([^}]*)\}", r"\1", template)
    path = re.sub(r"\{[^}]+\}", "x", path)
    return path.replace("**", "x").replace("*", "x")


GOLDEN = Path(__file__).parents[1] / "unit" / "mesh" / "access.txt"
"""Who may call what, as a person has approved it."""


def table() -> str:
    """A line for each method of the whole mesh, the supervisor's own included."""
    services = (*SERVICES, ADMIN)
    return "".join(f"{text}\n" for text in sorted(line(rpc) for service in services for rpc in all_rpcs(service)))


if __name__ == "__main__":
    GOLDEN.write_text(table())
