"""The rpcs of the directory on a real PostgreSQL: what they do, what they refuse, and what they keep to themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pyotp
import pytest
import sqlalchemy as sa
from malha.identity.v1 import account_service_pb2 as account_pb
from malha.identity.v1 import key_service_pb2 as key_pb
from malha.identity.v1 import role_service_pb2 as role_pb
from malha.identity.v1 import service_account_service_pb2 as sa_pb
from malha.identity.v1 import tenant_service_pb2 as tenant_pb
from malha.identity.v1 import user_service_pb2 as user_pb

from services.identity.directory.domain import errors
from services.identity.directory.domain.built_in import ADMIN, MEMBER
from services.identity.directory.domain.roles import Role
from services.identity.directory.domain.subjects import Subject, SubjectName
from services.identity.directory.ports import Credentials
from services.runtime.auth import Principal
from services.runtime.exceptions import RequestIdReused, ValidationFailed
from tests.integration.identity.directory import CATALOGUE, PASSWORD, Directory
from tests.integration.identity.directory_rpcs import Rpcs, caller

IN_TENANT = frozenset(p for p in CATALOGUE if not p.startswith("identity.tenants."))


@pytest.fixture
async def admin(directory: Directory) -> Principal:
    """An administrator of the test's tenant."""
    user = await directory.add_user("root")
    await directory.bind(user.name, ADMIN)
    return caller(directory.tenant, str(user.name), IN_TENANT)


async def _principal(directory: Directory, subject: Subject, address: str = "") -> Principal:
    grant = await directory.permissions_of(subject, address, mfa=subject.mfa)
    return caller(subject.tenant, str(subject.name), grant.permissions)


async def test_a_new_user_gets_in_with_the_one_time_password_and_can_only_change_it(
    directory: Directory, rpcs: Rpcs, admin: Principal
) -> None:
    made = await rpcs(admin, user_pb.CreateUserRequest(user=user_pb.User(username="eva", display_name="Eva")))
    assert made.user.must_change_password
    await directory.bind(SubjectName.parse(made.user.name), MEMBER)
    first = await directory.sign_in("eva", made.one_time_password)
    eva = await _principal(directory, first)
    assert eva.permissions == {"identity.account.changePassword"}
    change = account_pb.ChangePasswordRequest(current_password=made.one_time_password, new_password=PASSWORD)
    await rpcs(eva, change)
    with pytest.raises(errors.CredentialsInvalid):
        await directory.resume(first.session)
    with pytest.raises(errors.CredentialsInvalid):
        await directory.sign_in("eva", made.one_time_password)
    later = await _principal(directory, await directory.sign_in("eva"))
    assert "analysis.sources.analyze" in later.permissions
    await rpcs(eva, change)  # repeated: answered as before, though the password it names is no longer good
    account = (await rpcs(later, account_pb.GetAccountRequest())).account
    assert (account.username, account.tenant, list(account.roles)) == (
        "eva", f"tenants/{directory.tenant}", ["roles/member"],
    )  # fmt: skip


@pytest.mark.parametrize("password", ["short", "passwordpassword", "eva-eva-eva-eva-eva", "qwertyuiopasdfgh", "a" * 64])
async def test_a_password_that_is_no_good_is_refused(directory: Directory, rpcs: Rpcs, password: str) -> None:
    user = await directory.add_user("eva")
    request = account_pb.ChangePasswordRequest(current_password=PASSWORD, new_password=password)
    with pytest.raises(errors.PasswordUnfit) as refused:
        await rpcs(caller(directory.tenant, str(user.name)), request)
    assert password not in str(refused.value)


async def test_changing_a_password_takes_the_old_one_and_locks_after_failures(directory: Directory, rpcs: Rpcs) -> None:
    eva = caller(directory.tenant, str((await directory.add_user("eva")).name))
    new = "eleven otters under the bridge"
    for _ in range(6):
        with pytest.raises(errors.CredentialsInvalid):
            await rpcs(eva, account_pb.ChangePasswordRequest(current_password="wrong", new_password=new))
    with pytest.raises(errors.LockedOut):
        await rpcs(eva, account_pb.ChangePasswordRequest(current_password=PASSWORD, new_password=new))


async def test_a_second_factor_is_set_up_used_and_taken_away(directory: Directory, rpcs: Rpcs) -> None:
    eva = caller(directory.tenant, str((await directory.add_user("eva")).name))
    enrolled = await rpcs(eva, account_pb.EnrollTotpRequest(password=PASSWORD))
    assert await directory.sign_in("eva")  # it does not count yet
    totp = pyotp.parse_uri(enrolled.uri)
    assert totp.secret == enrolled.secret
    with pytest.raises(errors.CredentialsInvalid):
        await rpcs(eva, account_pb.ConfirmTotpRequest(code="000000"))
    confirm = account_pb.ConfirmTotpRequest(code=totp.at(directory.clock.now()), request_id=str(uuid4()))
    confirmed = await rpcs(eva, confirm)
    assert len(set(confirmed.recovery_codes)) == 10
    assert await rpcs(eva, confirm) == confirmed  # a lost answer is not lost
    with pytest.raises(errors.SecondFactorRequired):
        await directory.sign_in("eva")
    with pytest.raises(errors.FactorStateInvalid):
        await rpcs(eva, account_pb.ConfirmTotpRequest(code="123456"))
    session = (await directory.sign_in("eva", code=confirmed.recovery_codes[0])).session
    directory.clock.advance(30)
    renewed = await rpcs(eva, account_pb.RegenerateRecoveryCodesRequest(
        password=PASSWORD, code=totp.at(directory.clock.now())))  # fmt: skip
    with pytest.raises(errors.CredentialsInvalid):
        await directory.sign_in("eva", code=confirmed.recovery_codes[1])
    with pytest.raises(errors.SecondFactorRequired):
        await rpcs(eva, account_pb.DisableTotpRequest(password=PASSWORD))
    await rpcs(eva, account_pb.DisableTotpRequest(password=PASSWORD, code=renewed.recovery_codes[0]))
    assert await directory.sign_in("eva")
    with pytest.raises(errors.CredentialsInvalid):
        await directory.resume(session)


async def test_a_key_is_shown_once_and_gives_what_it_is_cut_down_to(
    directory: Directory, rpcs: Rpcs, admin: Principal
) -> None:
    eva = await directory.add_user("eva")
    await directory.bind(eva.name, MEMBER)
    who = await _principal(directory, await directory.sign_in("eva"))
    wanted = key_pb.ApiKey(display_name="ci", scopes=["analysis.reports.read"])
    request = key_pb.CreateApiKeyRequest(api_key=wanted, request_id=str(uuid4()))
    made = await rpcs(who, request)
    assert made.api_key.expire_time.ToDatetime() == (directory.clock.now() + timedelta(days=90)).replace(tzinfo=None)
    assert await rpcs(who, request) == made
    listed = await rpcs(who, key_pb.ListApiKeysRequest())
    assert [key.name for key in listed.api_keys] == [made.api_key.name]
    secret = made.key.rpartition("_")[2]
    assert secret not in str(listed)
    for shown in (made.key, secret):
        subject = await directory.authenticate_client(made.api_key.prefix, shown, directory.address)
        grant = await directory.permissions_of(subject, "", mfa=False)
        assert (subject.name, grant.permissions) == (eva.name, {"analysis.reports.read"})
    used = (await rpcs(who, key_pb.GetApiKeyRequest(name=made.api_key.name))).api_key
    assert used.HasField("last_use_time")
    for wrong in (secret[:-1], "", made.key + "a", made.key.replace(made.api_key.prefix, "a" * 12)):
        with pytest.raises(errors.CredentialsInvalid):
            await directory.authenticate_client(made.api_key.prefix, wrong, "203.0.113.9")
    revoked = await rpcs(admin, key_pb.RevokeApiKeyRequest(name=made.api_key.name))
    assert revoked.api_key.HasField("revoke_time")
    with pytest.raises(errors.CredentialsInvalid):
        await directory.authenticate_client(made.api_key.prefix, made.key, directory.address)


async def test_a_key_ends(directory: Directory) -> None:
    user = await directory.add_user("eva")
    key, new = await directory.add_key(user.name, expire_time=directory.clock.now() + timedelta(hours=1))
    assert await directory.authenticate_client(key.prefix, new.text, directory.address)
    directory.clock.advance(timedelta(hours=1))
    with pytest.raises(errors.CredentialsInvalid):
        await directory.authenticate_client(key.prefix, new.text, directory.address)


async def test_nobody_reaches_above_themselves(directory: Directory, rpcs: Rpcs, admin: Principal) -> None:
    """Every way to more than one has: a role, a binding, a key, somebody else's password."""
    weak = await directory.add_user("weak")
    helper = caller(directory.tenant, str(weak.name), IN_TENANT - {"analysis.reports.readAll"})
    strong, robot = await directory.add_user("strong"), await directory.add_account()
    for name in (strong.name, robot.name):
        await directory.bind(name, ADMIN)
    too_much = role_pb.Role(permissions=["analysis.reports.readAll"])
    await rpcs(admin, role_pb.CreateRoleRequest(role=too_much, role_id="all-reports"))
    every = role_pb.Role(name="roles/all-reports", permissions=["analysis.reports.read"])
    binding = (await rpcs(admin, role_pb.ListRoleBindingsRequest(filter=f'subject = "{strong.name}"'))).role_bindings[0]
    attempts: list[Any] = [
        role_pb.CreateRoleRequest(role=too_much, role_id="mine"),
        role_pb.UpdateRoleRequest(role=every),
        role_pb.DeleteRoleRequest(name="roles/all-reports"),
        _bind(str(weak.name), ADMIN),
        _bind(str(weak.name), "all-reports"),
        _bind(str(weak.name), "platform-admin"),
        role_pb.DeleteRoleBindingRequest(name=binding.name),
        user_pb.ResetPasswordRequest(name=str(strong.name)),
        user_pb.UpdateUserRequest(user=user_pb.User(name=str(strong.name), disabled=True)),
        user_pb.DeleteUserRequest(name=str(strong.name)),
        sa_pb.UpdateServiceAccountRequest(service_account=sa_pb.ServiceAccount(name=str(robot.name), disabled=True)),
        sa_pb.DeleteServiceAccountRequest(name=str(robot.name)),
        key_pb.CreateApiKeyRequest(api_key=key_pb.ApiKey(owner=str(robot.name))),
    ]
    for attempt in attempts:
        with pytest.raises(errors.Escalation) as refused:
            await rpcs(helper, attempt)
        assert refused.value.permission not in helper.permissions
    scoped = key_pb.ApiKey(owner=str(robot.name), scopes=["analysis.reports.read"])
    assert await rpcs(helper, key_pb.CreateApiKeyRequest(api_key=scoped))
    with pytest.raises(errors.FieldWrong):
        await rpcs(admin, key_pb.CreateApiKeyRequest(api_key=key_pb.ApiKey(owner=str(weak.name))))
    with pytest.raises(errors.Escalation):
        await rpcs(admin, _bind(str(weak.name), "platform-admin"))


async def test_nobody_takes_from_themselves_what_they_could_not_give_back(rpcs: Rpcs, admin: Principal) -> None:
    mine = (await rpcs(admin, role_pb.ListRoleBindingsRequest(filter=f'subject = "{admin.subject}"'))).role_bindings
    for request in (
        user_pb.DeleteUserRequest(name=admin.subject),
        user_pb.UpdateUserRequest(user=user_pb.User(name=admin.subject, disabled=True)),
        role_pb.DeleteRoleBindingRequest(name=mine[0].name),
    ):
        with pytest.raises(errors.InUse):
            await rpcs(admin, request)


async def test_roles_are_made_changed_and_removed(rpcs: Rpcs, directory: Directory, admin: Principal) -> None:
    eva = await directory.add_user("eva")
    role = role_pb.Role(display_name="Readers", permissions=["analysis.reports.read"])
    made = (await rpcs(admin, role_pb.CreateRoleRequest(role=role, role_id="readers"))).role
    with pytest.raises(errors.AlreadyExists):
        await rpcs(admin, role_pb.CreateRoleRequest(role=role, role_id="readers"))
    with pytest.raises(errors.AlreadyExists):
        await rpcs(admin, role_pb.CreateRoleRequest(role=role, role_id="viewer"))
    with pytest.raises(errors.PermissionUnknown):
        unknown = role_pb.Role(permissions=["no.such.permission"])
        await rpcs(admin, role_pb.CreateRoleRequest(role=unknown, role_id="other"))
    made.display_name, made.permissions[:] = "Analysts", ["analysis.reports.read", "analysis.sources.analyze"]
    changed = (await rpcs(admin, role_pb.UpdateRoleRequest(role=made))).role
    assert (changed.display_name, changed.etag) == ("Analysts", "r2")
    with pytest.raises(errors.Outdated):
        await rpcs(admin, role_pb.UpdateRoleRequest(role=made))
    with pytest.raises(errors.BuiltIn):
        await rpcs(admin, role_pb.UpdateRoleRequest(role=role_pb.Role(name="roles/member", display_name="x")))
    bound = (await rpcs(admin, _bind(str(eva.name), "readers"))).role_binding
    subject = await directory.sign_in("eva")
    assert "analysis.sources.analyze" in (await directory.permissions_of(subject, "", mfa=False)).permissions
    with pytest.raises(errors.InUse):
        await rpcs(admin, role_pb.DeleteRoleRequest(name="roles/readers"))
    await rpcs(admin, role_pb.DeleteRoleBindingRequest(name=bound.name))
    await rpcs(admin, role_pb.DeleteRoleRequest(name="roles/readers"))
    with pytest.raises(errors.NotFound):
        await rpcs(admin, role_pb.GetRoleRequest(name="roles/readers"))


async def test_conditions_decide_when_a_token_is_issued(directory: Directory, rpcs: Rpcs, admin: Principal) -> None:
    eva = await directory.add_user("eva")
    request = _bind(str(eva.name), MEMBER)
    conditions = request.role_binding.conditions
    conditions.not_before.FromDatetime(directory.clock.now() + timedelta(hours=1))
    conditions.not_after.FromDatetime(directory.clock.now() + timedelta(hours=2))
    conditions.networks[:] = ["10.0.0.0/8"]
    conditions.second_factor = True
    made = (await rpcs(admin, request)).role_binding
    assert list(made.conditions.networks) == ["10.0.0.0/8"]
    subject = await directory.sign_in("eva")

    async def granted(address: str = "10.9.9.9", *, mfa: bool = True) -> bool:
        return MEMBER in (await directory.permissions_of(subject, address, mfa=mfa)).roles

    assert not await granted()
    directory.clock.advance(timedelta(hours=1))
    assert await granted()
    assert not await granted("192.0.2.1")
    assert not await granted("nonsense")
    assert not await granted(mfa=False)
    directory.clock.advance(timedelta(hours=1))
    assert not await granted()


async def test_pages_have_neither_gaps_nor_doubles(directory: Directory, rpcs: Rpcs, admin: Principal) -> None:
    for number in range(7):
        await directory.add_user(f"user{number}")
    for kind, field, order in (
        (user_pb.ListUsersRequest, "users", "display_name desc, username"),
        (role_pb.ListRolesRequest, "roles", "role desc"),
    ):
        whole = getattr(await rpcs(admin, kind(order_by=order)), field)
        names, token = [], ""
        while True:
            page = await rpcs(admin, kind(order_by=order, page_size=2, page_token=token))
            names += [entry.name for entry in getattr(page, field)]
            token = page.next_page_token
            if not token:
                break
        assert names == [entry.name for entry in whole]
    found = await rpcs(admin, user_pb.ListUsersRequest(filter='username = "user*" AND username > "user4"'))
    assert [user.username for user in found.users] == ["user5", "user6"]


async def test_a_mask_changes_what_it_names_and_refuses_the_rest(
    directory: Directory, rpcs: Rpcs, admin: Principal
) -> None:
    user = await directory.add_user("eva")
    wanted = user_pb.User(name=str(user.name), display_name="Eva", email="eva@example.com")
    request = user_pb.UpdateUserRequest(user=wanted)
    request.update_mask.paths[:] = ["email"]
    changed = (await rpcs(admin, request)).user
    assert (changed.display_name, changed.email) == ("", "eva@example.com")
    for path in ("username", "must_change_password", "name", "epoch"):
        request = user_pb.UpdateUserRequest(user=wanted)
        request.update_mask.paths[:] = [path]
        with pytest.raises(ValidationFailed):
            await rpcs(admin, request)


async def test_a_tenant_is_made_with_an_administrator_and_ends(directory: Directory, rpcs: Rpcs) -> None:
    boss = caller(directory.tenant, f"users/{uuid4()}")
    name = f"{directory.tenant}n"
    request = tenant_pb.CreateTenantRequest(tenant=tenant_pb.Tenant(tier=tenant_pb.TIER_PRO), tenant_id=name)
    made = await rpcs(boss, request)
    first = await directory.authenticate(f"{name}/admin", made.one_time_password, "", directory.address)
    assert (str(first.name), first.must_change_password) == (made.administrator, True)
    with pytest.raises(errors.InUse):
        await rpcs(boss, tenant_pb.DeleteTenantRequest(name=f"tenants/{name}"))
    with pytest.raises(errors.InUse):
        mine = tenant_pb.Tenant(name=f"tenants/{directory.tenant}", disabled=True)
        await rpcs(boss, tenant_pb.UpdateTenantRequest(tenant=mine))
    await rpcs(boss, tenant_pb.UpdateTenantRequest(tenant=tenant_pb.Tenant(name=f"tenants/{name}", disabled=True)))
    with pytest.raises(errors.CredentialsInvalid):
        await directory.authenticate(f"{name}/admin", made.one_time_password, "", directory.address)
    await rpcs(boss, tenant_pb.DeleteTenantRequest(name=f"tenants/{name}"))
    async with directory.units.unit(name) as unit:
        assert await unit.users.credentials("admin") is None
    listed = await rpcs(boss, tenant_pb.ListTenantsRequest(filter=f'tenant = "{directory.tenant}*"'))
    assert [tenant.name for tenant in listed.tenants] == [f"tenants/{directory.tenant}"]


async def test_what_belongs_to_another_tenant_is_not_there(directory: Directory, rpcs: Rpcs, admin: Principal) -> None:
    """For each rpc with an id, the error for another tenant's is that for one that never was."""
    theirs = await _everything(directory, (await directory.add_tenant(f"{directory.tenant}z")).id)
    never = {kind: f"{name.partition('/')[0]}/{uuid4()}" for kind, name in theirs.items()} | {"role": "roles/never"}
    tried = _rpcs_with_ids(theirs)
    for theirs_request, never_request in zip(tried, _rpcs_with_ids(never), strict=True):
        told = []
        for request in (theirs_request, never_request):
            with pytest.raises(errors.NotFound) as refused:
                await rpcs(admin, request)
            told.append((type(refused.value), refused.value.kind))
        assert told[0] == told[1]
    for kind in (user_pb.ListUsersRequest, sa_pb.ListServiceAccountsRequest, role_pb.ListRolesRequest,
                 role_pb.ListRoleBindingsRequest, key_pb.ListApiKeysRequest):  # fmt: skip
        request = kind(owner="-") if kind is key_pb.ListApiKeysRequest else kind()
        listed = str(await rpcs(admin, request))
        assert [name for name in theirs.values() if name in listed] == []


def test_every_rpc_with_an_id_is_among_those_that_are_tried() -> None:
    tried = {type(request).DESCRIPTOR.full_name for request in _rpcs_with_ids(_NAMES)}
    services = [
        service
        for module in (user_pb, sa_pb, role_pb, key_pb, account_pb)
        for service in module.DESCRIPTOR.services_by_name.values()
    ]
    named = {
        method.input_type.full_name
        for service in services
        for method in service.methods
        if any("name" in m.fields_by_name for m in _messages(method.input_type) if _is_reference(method.name, m))
    }
    assert named - tried == set()


async def test_a_statement_that_forgets_its_tenant_finds_nothing(directory: Directory) -> None:
    """The second wall: the service's role in the database owns nothing and passes no row-level security by."""
    await _everything(directory, directory.tenant)
    tables = ("users", "service_accounts", "roles", "role_bindings", "api_keys", "authenticators", "recovery_codes")
    for setting in (None, "", f"{directory.tenant}x"):
        async with directory.engine.connect() as connection:
            if setting is not None:
                await connection.execute(sa.text("SELECT set_config('malha.tenant', :t, true)"), {"t": setting})
            for table in tables:
                assert await connection.scalar(sa.text(f"SELECT count(*) FROM identity.{table}")) == 0
    async with directory.units.unit(f"{directory.tenant}x") as unit:
        with pytest.raises(sa.exc.DBAPIError, match="row-level security"):
            user = (await _user_of(directory)).user
            await unit.users.add(Credentials(replace(user, id=uuid4(), username="other"), "", None))


async def _user_of(directory: Directory) -> Credentials:
    async with directory.units.unit(directory.tenant) as unit:
        found = await unit.users.credentials("they")
    assert found is not None
    return found


async def test_secrets_are_neither_in_the_database_nor_can_they_be_guessed_from_it(
    directory: Directory, rpcs: Rpcs, admin: Principal
) -> None:
    eva = caller(directory.tenant, str((await directory.add_user("eva")).name))
    enrolled = await rpcs(eva, account_pb.EnrollTotpRequest(password=PASSWORD))
    key = await rpcs(eva, key_pb.CreateApiKeyRequest(api_key=key_pb.ApiKey()))
    made = await rpcs(admin, user_pb.CreateUserRequest(user=user_pb.User(username="rui")))
    secrets = [PASSWORD, enrolled.secret, key.key.rpartition("_")[2], made.one_time_password]
    async with directory.engine.connect() as connection:
        await connection.execute(sa.text("SELECT set_config('malha.tenant', :t, true)"), {"t": directory.tenant})
        tables = (await connection.scalars(sa.text(
            "SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables"
            " WHERE table_schema = 'identity'"))).all()  # fmt: skip
        dump = b""
        for table in tables:
            for row in await connection.execute(sa.text(f"SELECT * FROM {table}")):
                dump += b"|".join(v if isinstance(v, bytes) else str(v).encode() for v in row)
    assert b"eva" in dump
    assert [secret for secret in secrets if secret.encode() in dump] == []


async def test_a_request_id_belongs_to_one_request_also_where_it_is_sealed(rpcs: Rpcs, admin: Principal) -> None:
    request = key_pb.CreateApiKeyRequest(api_key=key_pb.ApiKey(display_name="one"), request_id=str(uuid4()))
    await rpcs(admin, request)
    request.api_key.display_name = "two"
    with pytest.raises(RequestIdReused):
        await rpcs(admin, request)


_NAMES: Mapping[str, str] = {
    "user": f"users/{uuid4()}", "account": f"serviceAccounts/{uuid4()}", "role": "roles/x",
    "binding": f"roleBindings/{uuid4()}", "key": f"apiKeys/{uuid4()}",
}  # fmt: skip


def _rpcs_with_ids(names: Mapping[str, str]) -> list[Any]:
    user, account, role, binding, key = (names[kind] for kind in ("user", "account", "role", "binding", "key"))
    return [
        user_pb.GetUserRequest(name=user),
        user_pb.UpdateUserRequest(user=user_pb.User(name=user, display_name="x")),
        user_pb.DeleteUserRequest(name=user),
        user_pb.ResetPasswordRequest(name=user),
        sa_pb.GetServiceAccountRequest(name=account),
        sa_pb.UpdateServiceAccountRequest(service_account=sa_pb.ServiceAccount(name=account, display_name="x")),
        sa_pb.DeleteServiceAccountRequest(name=account),
        role_pb.GetRoleRequest(name=role),
        role_pb.UpdateRoleRequest(role=role_pb.Role(name=role, display_name="x")),
        role_pb.DeleteRoleRequest(name=role),
        role_pb.GetRoleBindingRequest(name=binding),
        role_pb.DeleteRoleBindingRequest(name=binding),
        _bind(user, MEMBER),
        _bind(account, MEMBER),
        key_pb.GetApiKeyRequest(name=key),
        key_pb.RevokeApiKeyRequest(name=key),
        key_pb.CreateApiKeyRequest(api_key=key_pb.ApiKey(owner=account)),
        key_pb.ListApiKeysRequest(owner=user),
    ]


async def _everything(directory: Directory, tenant: str) -> dict[str, str]:
    user, account = await directory.add_user("they", tenant), await directory.add_account("their-robot", tenant)
    key, _ = await directory.add_key(user.name, tenant)
    binding = await directory.bind(user.name, MEMBER, tenant)
    now = directory.clock.now()
    async with directory.units.unit(tenant) as unit:
        await unit.roles.add(Role("their-role", tenant, "", "", frozenset(), False, 1, now, now))
        await unit.commit()
    return {
        "user": str(user.name), "account": str(account.name), "role": "roles/their-role",
        "binding": f"roleBindings/{binding}", "key": f"apiKeys/{key.id}",
    }  # fmt: skip


def _bind(subject: str, role: str) -> role_pb.CreateRoleBindingRequest:
    binding = role_pb.RoleBinding(subject=subject, role=f"roles/{role}")
    return role_pb.CreateRoleBindingRequest(role_binding=binding)


def _messages(message: Any) -> list[Any]:
    return [message, *(field.message_type for field in message.fields if field.message_type is not None)]


def _is_reference(method: str, message: Any) -> bool:
    return not method.startswith("Create") or message.name.endswith("Request")
