"""Every rpc that takes the name of something a tenant has, from the contracts of the whole mesh: for others it is not
there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import grpc
import malha
import pytest
from google.protobuf import descriptor_pool
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2, status_pb2

from services.mesh.topology import ADMIN, PROFILES
from tests.support.access import Rpc, rpcs
from tests.support.tenants import add_tenant

if TYPE_CHECKING:
    from google.protobuf.descriptor import Descriptor, FieldDescriptor
    from google.protobuf.message import Message

    from tests.support.mesh_process import Mesh

RPCS = [rpc for service in (*PROFILES["default"].services, ADMIN) for rpc in rpcs(service)]
# What a tenant has, by the first part of its name.
COLLECTIONS = ("reports", "users", "serviceAccounts", "roles", "roleBindings", "apiKeys", "priceAlerts")
# What belongs to no tenant: everybody's, or the platform's.
OTHERS = (
    "rules", "offers", "catalogues", "providers",
    "tenants", "deployments", "replicas", "traces", "quarantinedRows",
)  # fmt: skip
# The collections in a pattern such as `^(users|serviceAccounts)/[0-9a-f]{8}$`.
_COLLECTIONS = re.compile(r"\(?((?:[a-z][a-zA-Z]+\|?)+)\)?/")

Path = tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """One field of one rpc's request that takes the name of something of a collection."""

    rpc: Rpc
    path: Path
    collection: str

    def __str__(self) -> str:
        return f"{self.rpc.descriptor.name}-{'.'.join(self.path)}-{self.collection}"

    @property
    def ignored(self) -> bool:
        """Whether it is the name of what is only being made, which gets one of its own."""
        return self.rpc.descriptor.name.startswith("Create") and self.path[-1] == "name"

    def request(self, name: str, further: dict[str, str]) -> Message:
        """A request that is in order and has the name in that field; `further` are names for the other fields."""
        request = GetMessageClass(self.rpc.descriptor.input_type)()
        for path, value in FURTHER.get(self.rpc.descriptor.name, {}).items():
            _set(request, tuple(path.split(".")), further.get(value, value))
        if "request_id" in request.DESCRIPTOR.fields_by_name:
            _set(request, ("request_id",), str(uuid4()))
        _set(request, self.path, name)
        return request


# What a request needs beside the name; a value that is the name of a collection stands for one of the caller's own.
FURTHER: dict[str, dict[str, str]] = {
    "ShareReport": {"name": "reports", "subject": "users"},
    "UnshareReport": {"name": "reports", "subject": "users"},
    "UpdateUser": {"user.display_name": "x"},
    "UpdateServiceAccount": {"service_account.display_name": "x"},
    "UpdateRole": {"role.display_name": "x"},
    "CreateRoleBinding": {"role_binding.subject": "users", "role_binding.role": "roles"},
}


def _set(message: Any, path: Path, value: str) -> None:
    for part in path[:-1]:
        message = getattr(message, part)
    setattr(message, path[-1], value)


def _pattern(of: FieldDescriptor) -> str:
    rules = of.GetOptions().Extensions[descriptor_pool.Default().FindExtensionByName("buf.validate.field")]
    pattern: str = rules.string.pattern
    return pattern


def _named(message: Descriptor, at: Path = ()) -> Iterator[tuple[Path, str]]:
    """The fields of a request that take names, and the names of which collection."""
    for part in message.fields:
        if part.message_type is not None and not part.is_repeated and part.message_type.file.package[:5] == "malha":
            yield from _named(part.message_type, (*at, part.name))
        elif part.type == part.TYPE_STRING:
            for found in _COLLECTIONS.findall(_pattern(part)):
                for collection in found.split("|"):
                    yield (*at, part.name), collection


NAMING = [Case(rpc, path, collection) for rpc in RPCS for path, collection in _named(rpc.descriptor.input_type)]
# What people do for themselves only.
NOT_FOR_ADMINISTRATORS = {"CreateApiKey-api_key.owner-users"}
CASES = [case for case in NAMING if case.collection in COLLECTIONS and not case.ignored]


@dataclass
class Tenant:
    """A tenant, its administrator's client, and one of everything it has."""

    client: malha.Client
    things: dict[str, str] = field(default_factory=dict)

    def call(self, rpc: Rpc, request: Message) -> str:
        """What the administrator is told, without what is different each time."""
        call: Callable[..., bytes] = self.client.channel.unary_unary(rpc.path, lambda sent: sent.SerializeToString())
        try:
            answer = call(request, timeout=20)
        except grpc.RpcError as error:
            details = dict(error.trailing_metadata())["grpc-status-details-bin"]
            status = status_pb2.Status.FromString(details)
            info = error_details_pb2.ErrorInfo()
            assert any(detail.Unpack(info) for detail in status.details)
            return str(status).replace(info.metadata["request_id"], "ID")
        # What is listed is told as it is; what is changed has a time of its own.
        return f"OK {answer!r}" if rpc.descriptor.name.startswith("List") else "OK"

    def furnish(self) -> None:
        """Makes one of everything."""
        mark, identity = uuid4().hex[:8], self.client.identity
        user, account = identity.create_user(f"u{mark}").user, identity.create_service_account(f"a{mark}")
        self.things = {
            "reports": self.client.analysis.analyze_source(path="a.py", text=f"x = '{mark}'\n").name,
            "users": user.name,
            "serviceAccounts": account.name,
            "roles": identity.create_role(f"r{mark}", ["analysis.rules.read"]).name,
            "roleBindings": identity.give_role(user.name, "roles/viewer").name,
            "apiKeys": identity.create_key("", owner=account.name).api_key.name,
            "priceAlerts": self.client.pricing.create_price_alert(
                mark, webhook_url="https://hooks.example.org/", secret=mark * 4
            ).name,
        }


@pytest.fixture(scope="module")
def tenants(running: Mesh) -> Iterator[tuple[Tenant, Tenant]]:
    """Two, each with one of everything."""
    tokens = [add_tenant(running, f"t{number}-{uuid4().hex[:8]}") for number in range(2)]
    made = [Tenant(running.connect(token)) for token in tokens]
    for tenant in made:
        tenant.furnish()
    yield made[0], made[1]
    for tenant in made:
        tenant.client.close()


def test_every_name_that_a_contract_takes_is_of_a_known_kind() -> None:
    assert {case.collection for case in NAMING} <= {*COLLECTIONS, *OTHERS}
    assert {case.collection for case in CASES} == set(COLLECTIONS)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_another_tenant_has_looks_as_though_it_were_not_there(tenants: tuple[Tenant, Tenant], case: Case) -> None:
    mine, theirs = tenants
    name = theirs.things[case.collection]
    # As long as a name that is there: some errors tell how long the name is.
    absent = f"roles/r{uuid4().hex[:8]}" if case.collection == "roles" else f"{case.collection}/{uuid4()}"
    told = mine.call(case.rpc, case.request(name, mine.things)).replace(name, "NAME")
    assert told == mine.call(case.rpc, case.request(absent, mine.things)).replace(absent, "NAME")


@pytest.mark.parametrize("case", [case for case in CASES if str(case) not in NOT_FOR_ADMINISTRATORS], ids=str)
def test_the_same_request_does_something_for_whom_it_belongs_to(tenants: tuple[Tenant, Tenant], case: Case) -> None:
    """Else the test before this one would have compared two refusals of a request that nobody may make."""
    _, theirs = tenants
    theirs.furnish()
    assert theirs.call(case.rpc, case.request(theirs.things[case.collection], theirs.things)).startswith("OK")
