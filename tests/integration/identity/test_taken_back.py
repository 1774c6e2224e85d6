"""What tokens rest on is changed: those that are out are refused at the next question, others are not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pyotp
import pytest
from malha.identity.v1 import account_service_pb2 as account_pb
from malha.identity.v1 import key_service_pb2 as key_pb
from malha.identity.v1 import role_service_pb2 as role_pb
from malha.identity.v1 import service_account_service_pb2 as service_account_pb
from malha.identity.v1 import tenant_service_pb2 as tenant_pb
from malha.identity.v1 import user_service_pb2 as user_pb

from services.identity.directory.domain.second_factor import Totp
from services.identity.directory.domain.subjects import SubjectName
from services.identity.directory.domain.users import User
from services.runtime.auth import Principal
from tests.integration.identity.directory import PASSWORD
from tests.integration.identity.directory_rpcs import Rpcs, caller
from tests.integration.identity.oauth import OAuthServer, basic, refusal
from tests.integration.identity.servers import Servers

_NEW = "nine otters under the bridge"


async def _sign_in(oauth: OAuthServer, username: str = "ana", **fields: str) -> str:
    return (await oauth.sign_in(username, **fields)).access_token


async def _machine(oauth: OAuthServer, owner: SubjectName) -> tuple[str, dict[str, str], str]:
    """The name of a new key, its header, and a token."""
    key, new = await oauth.directory.add_key(owner)
    header = basic(key.prefix, new.secret)
    return f"apiKeys/{key.id}", header, (await oauth.token(header, grant_type="client_credentials")).access_token


Change = Callable[[Rpcs, Principal, User], Awaitable[Any]]


async def _disable(rpcs: Rpcs, admin: Principal, user: User) -> None:
    await rpcs(admin, user_pb.UpdateUserRequest(user=user_pb.User(name=str(user.name), disabled=True)))


async def _delete(rpcs: Rpcs, admin: Principal, user: User) -> None:
    await rpcs(admin, user_pb.DeleteUserRequest(name=str(user.name)))


async def _reset(rpcs: Rpcs, admin: Principal, user: User) -> None:
    await rpcs(admin, user_pb.ResetPasswordRequest(name=str(user.name)))


async def _own_password(rpcs: Rpcs, admin: Principal, user: User) -> None:
    own = caller(user.tenant, str(user.name))
    await rpcs(own, account_pb.ChangePasswordRequest(current_password=PASSWORD, new_password=_NEW))


@pytest.mark.parametrize("change", [_disable, _delete, _reset, _own_password])
async def test_a_user_loses_every_token_and_others_none(
    oauth: OAuthServer, rpcs: Rpcs, servers: Servers, admin: Principal, change: Change
) -> None:
    ana, _ = await oauth.directory.add_user("ana"), await oauth.directory.add_user("bob")
    *hers, his = [await _sign_in(oauth, name) for name in ("ana", "ana", "bob")]
    _, _, by_key = await _machine(oauth, ana.name)
    assert await servers.takes(*hers, by_key, his) == [True, True, True, True]
    await change(rpcs, admin, ana)
    assert await servers.takes(*hers, by_key, his) == [False, False, False, True]


async def test_who_comes_back_at_once_is_let_in_and_may_be_sent_away_again(
    oauth: OAuthServer, rpcs: Rpcs, servers: Servers, admin: Principal
) -> None:
    ana = await oauth.directory.add_user("ana")
    tokens = [await _sign_in(oauth)]
    for before, after in ((PASSWORD, _NEW), (_NEW, PASSWORD)):
        request = account_pb.ChangePasswordRequest(current_password=before, new_password=after)
        await rpcs(caller(ana.tenant, str(ana.name)), request)
        tokens.append(await _sign_in(oauth, password=after))
        assert await servers.takes(*tokens) == [False] * (len(tokens) - 1) + [True]
        now = oauth.directory.clock.now().timestamp()
        assert (await oauth.claims(tokens[-1]))["exp"] == now + 600, "the edge takes none that lives longer"


async def test_the_session_that_chooses_another_password_goes_on_and_no_other(
    oauth: OAuthServer, rpcs: Rpcs, servers: Servers
) -> None:
    ana = await oauth.directory.add_user("ana")
    mine, other = await oauth.sign_in(), await oauth.sign_in()
    claims = await oauth.claims(mine.access_token)
    own = replace(caller(ana.tenant, str(ana.name)), token_id=claims["jti"])
    await rpcs(own, account_pb.ChangePasswordRequest(current_password=PASSWORD, new_password=_NEW))
    assert await servers.takes(mine.access_token, other.access_token) == [True, False]
    renewed = await oauth.refresh(mine.refresh_token)
    assert await servers.takes(renewed.access_token) == [True]
    assert (await refusal(oauth.refresh(other.refresh_token))).error == "invalid_grant"
    # Somebody else's hand in the password ends this one, too.
    another = await oauth.sign_in(password=_NEW)
    jti = (await oauth.claims(another.access_token))["jti"]
    request = account_pb.ChangePasswordRequest(current_password=_NEW, new_password=PASSWORD)
    await rpcs(replace(own, token_id=jti), request)
    assert await servers.takes(mine.access_token, renewed.access_token, another.access_token) == [False, False, True]


async def test_without_its_second_factor_a_session_that_showed_one_is_over(
    oauth: OAuthServer, rpcs: Rpcs, servers: Servers
) -> None:
    directory = oauth.directory
    ana = await directory.add_user("ana")
    totp = replace(Totp.make(), confirmed=True)
    async with directory.units.unit(directory.tenant) as unit:
        await unit.factors.put(ana.id, totp)
        await unit.commit()
    generator = pyotp.TOTP(totp.secret)
    answer = await oauth.sign_in(otp=generator.at(directory.clock.now()))
    jti = (await oauth.claims(answer.access_token))["jti"]
    directory.clock.advance(30)
    own = replace(caller(ana.tenant, str(ana.name)), token_id=jti)
    await rpcs(own, account_pb.DisableTotpRequest(password=PASSWORD, code=generator.at(directory.clock.now())))
    again = await _sign_in(oauth)
    assert await servers.takes(answer.access_token, again) == [False, True]
    assert (await refusal(oauth.refresh(answer.refresh_token))).error == "invalid_grant"


async def test_a_role_that_is_taken_away_leaves_the_login_and_takes_the_tokens(
    oauth: OAuthServer, rpcs: Rpcs, servers: Servers, admin: Principal
) -> None:
    ana = await oauth.directory.add_user("ana")
    binding = await oauth.directory.bind(ana.name, "member")
    answer = await oauth.sign_in()
    assert "analysis.reports.read" in (await oauth.claims(answer.access_token))["permissions"]
    await rpcs(admin, role_pb.DeleteRoleBindingRequest(name=f"roleBindings/{binding}"))
    renewed = await oauth.refresh(answer.refresh_token)
    assert await servers.takes(answer.access_token, renewed.access_token) == [False, True]
    assert "analysis.reports.read" not in (await oauth.claims(renewed.access_token))["permissions"]


async def test_a_role_that_gives_less_takes_the_tokens_of_those_who_have_it_and_one_that_gives_more_none(
    oauth: OAuthServer, rpcs: Rpcs, servers: Servers, admin: Principal
) -> None:
    gives = ["analysis.reports.read", "analysis.sources.analyze"]
    await rpcs(admin, role_pb.CreateRoleRequest(role_id="clerk", role=role_pb.Role(permissions=gives[:1])))
    ana, _ = await oauth.directory.add_user("ana"), await oauth.directory.add_user("bob")
    await oauth.directory.bind(ana.name, "clerk")
    tokens = [await _sign_in(oauth, name) for name in ("ana", "bob")]
    for permissions, good in ((gives, True), (gives[1:], False)):
        role = role_pb.Role(name="roles/clerk", permissions=permissions)
        await rpcs(admin, role_pb.UpdateRoleRequest(role=role))
        assert await servers.takes(*tokens) == [good, True]


async def test_a_key_that_is_ended_takes_its_own_tokens_along_and_no_others(
    oauth: OAuthServer, rpcs: Rpcs, servers: Servers, admin: Principal
) -> None:
    account = await oauth.directory.add_account()
    name, header, token = await _machine(oauth, account.name)
    _, _, other = await _machine(oauth, account.name)
    again = (await oauth.token(header, grant_type="client_credentials")).access_token
    await rpcs(admin, key_pb.RevokeApiKeyRequest(name=name))
    assert await servers.takes(token, again, other) == [False, False, True]
    assert (await refusal(oauth.token(header, grant_type="client_credentials"))).error == "invalid_client"


@pytest.mark.parametrize("ends", ["disabled", "deleted"])
async def test_a_service_account_that_is_ended_loses_its_tokens(
    oauth: OAuthServer, rpcs: Rpcs, servers: Servers, admin: Principal, ends: str
) -> None:
    account = await oauth.directory.add_account()
    _, _, token = await _machine(oauth, account.name)
    other = (await _machine(oauth, (await oauth.directory.add_account("other")).name))[2]
    if ends == "disabled":
        changed = service_account_pb.ServiceAccount(name=str(account.name), disabled=True)
        await rpcs(admin, service_account_pb.UpdateServiceAccountRequest(service_account=changed))
    else:
        await rpcs(admin, service_account_pb.DeleteServiceAccountRequest(name=str(account.name)))
    assert await servers.takes(token, other) == [False, True]


async def test_nobody_of_a_disabled_tenant_has_a_token_and_everybody_of_another_has(
    oauth: OAuthServer, rpcs: Rpcs, servers: Servers, admin: Principal
) -> None:
    directory = oauth.directory
    other = await directory.add_tenant(f"{directory.tenant}x")
    account = await directory.add_account(tenant=other.id)
    key, new = await directory.add_key(account.name, other.id)
    theirs = (await oauth.token(basic(key.prefix, new.secret), grant_type="client_credentials")).access_token
    await directory.add_user("ana")
    ours = await _sign_in(oauth)
    changed = tenant_pb.Tenant(name=f"tenants/{other.id}", disabled=True)
    await rpcs(admin, tenant_pb.UpdateTenantRequest(tenant=changed))
    assert await servers.takes(theirs, ours) == [False, True]


async def test_what_was_taken_back_is_not_active_and_is_forgotten_when_it_has_ended(
    oauth: OAuthServer, rpcs: Rpcs, admin: Principal
) -> None:
    directory = oauth.directory
    account = await directory.add_account()
    name, header, token = await _machine(oauth, account.name)
    _, other, _ = await _machine(oauth, account.name)
    assert (await oauth.introspect(token, header)).active
    await rpcs(admin, key_pb.RevokeApiKeyRequest(name=name))
    await directory.bind(account.name, "admin")
    assert not (await oauth.introspect(token, other)).active
    assert len((await oauth.revocations()).revocations) == 1
    directory.clock.advance(611)
    assert not (await oauth.revocations()).revocations
