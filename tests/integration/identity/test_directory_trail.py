"""Every change of the directory leaves an entry in the audit log, in the transaction of the change."""

from __future__ import annotations

import inspect
from uuid import uuid4

import pytest
from google.protobuf import descriptor_pool
from google.protobuf.descriptor_pb2 import MethodOptions
from malha.identity.v1 import role_service_pb2 as role_pb
from malha.identity.v1 import user_service_pb2 as user_pb

from services.identity.directory.domain import errors
from services.identity.directory.domain.built_in import ADMIN, MEMBER
from services.identity.directory.rpc.once import Once
from services.identity.directory.wiring import SERVICES
from tests.integration.identity.directory import CATALOGUE, Directory
from tests.integration.identity.directory_rpcs import REQUEST_ID, TRACE_ID, Rpcs, caller


async def test_an_entry_says_who_did_what_to_what_and_keeps_secrets_out(directory: Directory, rpcs: Rpcs) -> None:
    root = await directory.add_user("root")
    await directory.bind(root.name, ADMIN)
    admin = caller(directory.tenant, str(root.name), CATALOGUE)
    made = await rpcs(admin, user_pb.CreateUserRequest(user=user_pb.User(username="eva", email="eva@example.org")))
    binding = role_pb.RoleBinding(subject=made.user.name, role=f"roles/{MEMBER}")
    bound = await rpcs(admin, role_pb.CreateRoleBindingRequest(role_binding=binding))
    await rpcs(admin, user_pb.DeleteUserRequest(name=made.user.name))

    entries = {entry.action: entry for entry in await directory.entries()}
    assert {action: entry.resource for action, entry in entries.items()} == {
        "identity.users.create": made.user.name,
        "identity.roleBindings.create": bound.role_binding.name,
        "identity.users.delete": made.user.name,
    }
    assert made.user.name in entries["identity.roleBindings.create"].details
    for entry in entries.values():
        assert (entry.subject, entry.caller, entry.network) == (str(root.name), "edge", "198.51.100.0/24")
        assert (entry.request_id, entry.trace_id) == (REQUEST_ID, TRACE_ID)
        assert not any(secret in str(entry) for secret in (made.one_time_password, "eva@", "198.51.100.9"))


async def test_a_change_that_fails_or_is_repeated_leaves_no_entry(directory: Directory, rpcs: Rpcs) -> None:
    root = await directory.add_user("root")
    await directory.bind(root.name, ADMIN)
    admin = caller(directory.tenant, str(root.name), CATALOGUE)
    request = user_pb.CreateUserRequest(user=user_pb.User(username="eva"))
    assert await rpcs(admin, request) == await rpcs(admin, request)
    renamed = user_pb.UpdateUserRequest(request_id=str(uuid4()), user=user_pb.User(name=str(root.name), email="r@x.y"))
    assert await rpcs(admin, renamed) == await rpcs(admin, renamed)
    assert rpcs.left == [True] * 4, "nor does the stage leave one for a repetition"
    with pytest.raises(errors.AlreadyExists):
        await rpcs(admin, user_pb.CreateUserRequest(user=user_pb.User(username="eva")))
    assert [entry.action for entry in await directory.entries()] == ["identity.users.create", "identity.users.update"]


def _mutations() -> list[str]:
    pool = descriptor_pool.Default()
    return [
        method.name
        for service in SERVICES
        for method in pool.FindServiceByName(service).methods
        if method.GetOptions().idempotency_level != MethodOptions.NO_SIDE_EFFECTS
    ]


@pytest.mark.parametrize("name", _mutations())
def test_every_change_in_the_contract_goes_the_way_that_leaves_an_entry(rpcs: Rpcs, name: str) -> None:
    (servicer,) = [s for s in rpcs._servicers if name in vars(type(s))]
    assert isinstance(servicer.once, Once)
    source = inspect.getsource(getattr(type(servicer), name))
    assert "self.once(request" in source or "self.once.secretly(request" in source
