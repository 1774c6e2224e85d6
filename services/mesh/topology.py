"""The typed topology: which components a mesh has, what they serve and what they wait for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Backing(StrEnum):
    """The parts that hold state; every mesh has them."""

    POSTGRES = "postgres"
    REDIS = "redis"


EDGE = "envoy"
"""The component name of the edge, and its workload."""
OPERATOR = "operator"
"""The workload of the person at the command line."""


@dataclass(frozen=True, slots=True)
class Service:
    """A component that serves gRPC in `replicas` processes, each on a port of its own."""

    name: str
    """The component's name: cluster, registry key, log file and argument of `malha logs`."""
    module: str
    """What `python -m` runs; it understands `serve` and, when `migrates`, `migrate`."""
    contracts: tuple[str, ...]
    """The generated modules whose services the component serves, such as `malha.analysis.v1.analysis_service_pb2`."""
    replicas: int = 2
    migrates: bool = False
    """Whether `migrate` runs to its end before the first replica starts."""
    bootstraps: bool = False
    """Whether `bootstrap` runs to its end after that; such a service keeps secrets, and gets the keys to seal them."""
    seals: bool = False
    """Whether it keeps secrets, too, with the keys that an earlier service made."""
    variables: tuple[str, ...] = ()
    """Settings of its own that whoever starts the mesh may make, by their names in the environment; paths in them are
    absolute."""


@dataclass(frozen=True, slots=True)
class Topology:
    """One mesh. The backing parts start before the services, which start side by side, and the edge after them."""

    profile: str
    services: tuple[Service, ...]
    guarded: bool = False
    """Whether a call from outside needs a token: Envoy and every server check it, as the method's policy says."""
    counted: frozenset[str] = frozenset()
    """The services whose count of replicas a person chose: it goes before the count of an earlier run."""

    def service(self, name: str) -> Service:
        """The service called `name`; raises UnknownComponent."""
        for service in self.services:
            if service.name == name:
                return service
        raise UnknownComponent(name, tuple(service.name for service in self.services))

    def scaled(self, replicas: Mapping[str, int]) -> Topology:
        """The same topology with other replica counts; raises UnknownComponent, or ValueError for a count below 1."""
        for name, count in replicas.items():
            self.service(name)
            if count < 1:
                raise ValueError(f"{name} needs at least one replica")
        return replace(
            self,
            services=tuple(replace(s, replicas=replicas.get(s.name, s.replicas)) for s in self.services),
            counted=self.counted | replicas.keys(),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the services."""
        return tuple(service.name for service in self.services)

    @property
    def routed(self) -> tuple[Service, ...]:
        """Everything that has clusters and routes: the services, and the supervisor's own."""
        return (*self.services, ADMIN)

    @property
    def workloads(self) -> tuple[str, ...]:
        """Everything that has an identity."""
        return (*self.names, EDGE, ADMIN.name, OPERATOR)

    @property
    def components(self) -> tuple[str, ...]:
        """The names of all components, in the order a person reads them."""
        return (*Backing, *self.names, EDGE)


class UnknownComponent(Exception):
    """A component was named that the topology does not have."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"there is no component {name!r} here; there are {', '.join(known)}")


ADMIN = Service(
    name="mesh",
    module="services.mesh",
    contracts=("malha.mesh.v1.mesh_service_pb2",),
    replicas=1,
)
"""What the supervisor itself serves: part of every topology, and not started as replicas."""

IDENTITY = Service(
    name="identity",
    module="services.identity",
    contracts=(
        "malha.identity.v1.oauth_service_pb2",
        "malha.identity.v1.account_service_pb2",
        "malha.identity.v1.audit_service_pb2",
        "malha.identity.v1.key_service_pb2",
        "malha.identity.v1.role_service_pb2",
        "malha.identity.v1.service_account_service_pb2",
        "malha.identity.v1.tenant_service_pb2",
        "malha.identity.v1.user_service_pb2",
    ),
    replicas=1,
    migrates=True,
    bootstraps=True,
    variables=("MALHA_AUDIT_RETENTION",),
)
ANALYSIS = Service(
    name="analysis",
    module="services.analysis",
    contracts=("malha.analysis.v1.analysis_service_pb2",),
    migrates=True,
)
PRICING = Service(
    name="pricing",
    module="services.pricing",
    contracts=(
        "malha.pricing.v1.catalog_service_pb2",
        "malha.pricing.v1.advisor_service_pb2",
        "malha.pricing.v1.question_service_pb2",
        "malha.pricing.v1.ingest_service_pb2",
        "malha.pricing.v1.alert_service_pb2",
    ),
    migrates=True,
    seals=True,
    # Where prices are read and with whose keys.
    variables=(
        "MALHA_PRICING_REGIONS",
        "MALHA_PRICING_SAVINGS_PLANS",
        "MALHA_AWS_PRICES_URL",
        "MALHA_AWS_CREDENTIALS_FILE",
        "MALHA_AWS_SPOT_URL",
        "MALHA_AWS_ADVISOR_URL",
        "MALHA_AZURE_PRICES_URL",
        "MALHA_GCP_API_KEY_FILE",
        "MALHA_GCP_PRICES_URL",
        "MALHA_PLAIN_PRICE_HOSTS",
        "MALHA_REFRESH_GIVES_WAY",
        "MALHA_REFRESH_RECORD_SHARE",
        "MALHA_LOCAL_WEBHOOKS",
        "MALHA_ADVICE_THREADS",
        "MALHA_ADVICE_MOST_WAITING",
    ),
)
LIMITS = Service(
    name="limits",
    module="services.limits",
    # Messages alone: what it serves, and to Envoy only, has a contract of Envoy's.
    contracts=("malha.limits.v1.decision_pb2",),
    replicas=1,
)
ECHO = Service(
    name="echo",
    module="services.testing",
    contracts=("malha.testing.v1.echo_service_pb2", "malha.testing.v1.counter_service_pb2"),
    replicas=1,
    migrates=True,
)

PROFILES: dict[str, Topology] = {
    "default": Topology("default", (IDENTITY, LIMITS, ANALYSIS, PRICING), guarded=True),
    # For tests and benchmarks only: the echo service beside, or instead of, the real ones, with and without guards.
    "trust": Topology("trust", (IDENTITY, LIMITS, ANALYSIS, ECHO), guarded=True),
    "testing": Topology("testing", (ANALYSIS, ECHO)),
    "echo": Topology("echo", (ECHO,)),
}
"""The topologies that `malha up` knows by name."""
