"""How one comes to a token, what it says, and how it is taken back, over gRPC on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import grpc
import pyotp
import pytest
from malha.identity.v1 import oauth_service_pb2 as pb

from services.identity.directory.domain.second_factor import Totp
from services.identity.oauth.domain.scopes import INHERENT
from tests.integration.identity.directory import PASSWORD
from tests.integration.identity.oauth import (
    CLI,
    ISSUER,
    OAuthServer,
    Refusal,
    basic,
    refusal,
    robot,
)


async def test_an_api_key_gives_a_token_that_says_what_its_owner_may(oauth: OAuthServer) -> None:
    account = await oauth.directory.add_account()
    await oauth.directory.bind(account.name, "viewer")
    key, new = await oauth.directory.add_key(account.name)
    answer = await oauth.token(grant_type="client_credentials", client_id=key.prefix, client_secret=new.secret)
    assert (answer.token_type, answer.expires_in, answer.scope, answer.refresh_token) == ("Bearer", 600, "all", "")
    claims = await oauth.claims(answer.access_token)
    now = int(oauth.directory.clock.now().timestamp())
    session, dot, serial = claims.pop("jti").partition(".")
    assert (len(session), dot, len(serial)) == (32, ".", 16)
    assert (
        "analysis.reports.read" in claims["permissions"] and claims.pop("permissions").count("identity.self.read") == 1
    )
    assert claims == {
        "iss": ISSUER, "aud": "malha", "sub": str(account.name), "client_id": key.prefix, "iat": now, "exp": now + 600,
        "scope": "all", "tenant": oauth.directory.tenant, "tier": "pro", "limited": "yes", "amr": ["key"],
        "auth_time": now,
    }  # fmt: skip


async def test_a_client_names_itself_in_a_header_or_in_the_form_and_not_in_both(oauth: OAuthServer) -> None:
    header = await robot(oauth.directory)
    assert (await oauth.token(header, grant_type="client_credentials")).access_token
    both = await refusal(oauth.token(header, grant_type="client_credentials", client_id="x", client_secret="y"))
    assert (both.error, both.status) == ("invalid_request", grpc.StatusCode.INVALID_ARGUMENT)


@pytest.mark.parametrize(
    "header",
    [basic("nobody", "secret"), basic("aaaaaaaaaaaa", "secret"), {"authorization": "Basic !!!"},
     {"authorization": "Basic bm9jb2xvbg=="}, basic("a\0", "b")],
)  # fmt: skip
async def test_an_unknown_client_hears_the_same_as_one_with_a_wrong_secret(
    oauth: OAuthServer, header: dict[str, str]
) -> None:
    account = await oauth.directory.add_account()
    key, _ = await oauth.directory.add_key(account.name)
    wrong = await refusal(oauth.token(basic(key.prefix, "wrong"), grant_type="client_credentials"))
    assert (wrong.error, wrong.status) == ("invalid_client", grpc.StatusCode.UNAUTHENTICATED)
    assert await refusal(oauth.token(header, grant_type="client_credentials")) == wrong


async def test_a_public_client_speaks_for_nobody(oauth: OAuthServer) -> None:
    assert (await refusal(oauth.token(grant_type="client_credentials", **CLI))).error == "unauthorized_client"
    header = await robot(oauth.directory)
    asked = oauth.token(header, grant_type="password", username="ana", password=PASSWORD)
    assert (await refusal(asked)).error == "unauthorized_client"


async def test_a_scope_cuts_a_token_down_and_nothing_left_is_refused(oauth: OAuthServer) -> None:
    header = await robot(oauth.directory)
    asked = "analysis.reports.read identity.users.delete openid"
    answer = await oauth.token(header, grant_type="client_credentials", scope=asked)
    assert answer.scope == "analysis.reports.read"
    permissions = (await oauth.claims(answer.access_token))["permissions"]
    assert set(permissions) == {"analysis.reports.read"} | INHERENT
    none = await refusal(oauth.token(header, grant_type="client_credentials", scope="identity.users.delete"))
    assert none.error == "invalid_scope"


async def test_a_key_with_scopes_gives_no_more_than_those(oauth: OAuthServer) -> None:
    header = await robot(oauth.directory, scopes=frozenset({"analysis.reports.read", "identity.users.delete"}))
    answer = await oauth.token(header, grant_type="client_credentials")
    assert answer.scope == "analysis.reports.read"


async def test_a_person_signs_in_with_a_password(oauth: OAuthServer) -> None:
    user = await oauth.directory.add_user("ana")
    answer = await oauth.sign_in()
    claims = await oauth.claims(answer.access_token)
    assert (claims["sub"], claims["client_id"], claims["amr"]) == (str(user.name), "malha-cli", ["pwd"])
    wrong = await refusal(oauth.sign_in(password="another one"))
    assert (wrong.error, wrong.code, wrong.status) == ("invalid_grant", "", grpc.StatusCode.FAILED_PRECONDITION)
    assert await refusal(oauth.sign_in("nobody")) == wrong


async def test_who_has_a_second_factor_is_asked_for_it(oauth: OAuthServer) -> None:
    directory = oauth.directory
    user = await directory.add_user("ana")
    totp = replace(Totp.make(), confirmed=True)
    async with directory.units.unit(directory.tenant) as unit:
        found = await unit.users.credentials(user.id)
        assert found is not None
        await unit.users.save(replace(user, second_factor=True))
        await unit.factors.put(user.id, totp)
        await unit.commit()
    missing = await refusal(oauth.sign_in())
    assert (missing.error, missing.code) == ("invalid_grant", "mfa_required")
    assert missing.description.startswith("mfa_required")
    code = pyotp.TOTP(totp.secret).at(directory.clock.now())
    claims = await oauth.claims((await oauth.sign_in(otp=code)).access_token)
    assert claims["amr"] == ["otp", "pwd", "mfa"]
    assert (await refusal(oauth.sign_in(otp=code))).code == "", "a code is good once"


async def test_too_many_attempts_are_kept_waiting(oauth: OAuthServer) -> None:
    await oauth.directory.add_user("ana")
    seen: list[Refusal] = []
    while not seen or seen[-1].status is not grpc.StatusCode.RESOURCE_EXHAUSTED:
        seen.append(await refusal(oauth.sign_in(password="wrong")))
        assert len(seen) < 200
    assert (await refusal(oauth.sign_in())).error == "temporarily_unavailable"


async def test_a_refresh_token_is_good_once_and_the_session_goes_on(oauth: OAuthServer) -> None:
    await oauth.directory.add_user("ana")
    first = await oauth.sign_in()
    second = await oauth.refresh(first.refresh_token)
    third = await oauth.refresh(second.refresh_token)
    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3
    one, other = await oauth.claims(first.access_token), await oauth.claims(third.access_token)
    assert one["jti"].split(".")[0] == other["jti"].split(".")[0] and one["jti"] != other["jti"]
    assert one["auth_time"] == other["auth_time"]


async def test_a_refresh_token_that_comes_twice_ends_its_session(oauth: OAuthServer) -> None:
    await oauth.directory.add_user("ana")
    header = await robot(oauth.directory, "admin")
    first = await oauth.sign_in()
    second = await oauth.refresh(first.refresh_token)
    assert (await oauth.introspect(second.access_token, header)).active is False, "no permission to introspect yet"
    before = (await oauth.revocations()).next_number
    stolen = await refusal(oauth.refresh(first.refresh_token))
    assert (stolen.error, stolen.status) == ("invalid_grant", grpc.StatusCode.FAILED_PRECONDITION)
    assert (await refusal(oauth.refresh(second.refresh_token))).error == "invalid_grant"
    found = (await oauth.revocations(before)).revocations
    session = (await oauth.claims(first.access_token))["jti"].split(".")[0]
    assert [one.session for one in found] == [session]


async def test_of_two_who_renew_at_once_one_is_second_and_the_session_ends(oauth: OAuthServer) -> None:
    await oauth.directory.add_user("ana")
    first = await oauth.sign_in()
    outcomes = await asyncio.gather(*(oauth.refresh(first.refresh_token) for _ in range(8)), return_exceptions=True)
    good = [outcome for outcome in outcomes if isinstance(outcome, pb.TokenResponse)]
    assert len(good) <= 1
    for outcome in good:
        assert (await refusal(oauth.refresh(outcome.refresh_token))).error == "invalid_grant"


async def test_a_session_ends_when_idle_too_long_or_in_any_case_after_its_life(oauth: OAuthServer) -> None:
    await oauth.directory.add_user("ana")
    clock, idle = oauth.directory.clock, await oauth.sign_in()
    clock.advance(timedelta(days=14))
    assert (await refusal(oauth.refresh(idle.refresh_token))).error == "invalid_grant"
    answer = await oauth.sign_in()
    for _ in range(8):
        clock.advance(timedelta(days=10))
        answer = await oauth.refresh(answer.refresh_token)
    clock.advance(timedelta(days=10))
    assert (await refusal(oauth.refresh(answer.refresh_token))).error == "invalid_grant"


async def test_a_new_password_ends_the_sessions_of_before(oauth: OAuthServer) -> None:
    directory = oauth.directory
    user = await directory.add_user("ana")
    answer = await oauth.sign_in()
    async with directory.units.unit(directory.tenant) as unit:
        await unit.users.save(replace(user, epoch=user.epoch + 1))
        await unit.commit()
    assert (await refusal(oauth.refresh(answer.refresh_token))).error == "invalid_grant"


async def test_a_renewed_token_may_be_narrower_and_never_wider(oauth: OAuthServer) -> None:
    user = await oauth.directory.add_user("ana")
    await oauth.directory.bind(user.name, "member")
    answer = await oauth.sign_in(scope="analysis.reports.read analysis.sources.analyze")
    narrow = await oauth.refresh(answer.refresh_token, scope="analysis.reports.read")
    assert narrow.scope == "analysis.reports.read"
    wide = await refusal(oauth.refresh(narrow.refresh_token, scope="analysis.reports.read identity.account.read"))
    assert wide.error == "invalid_scope"
    again = await oauth.refresh(narrow.refresh_token)
    assert again.scope == "analysis.reports.read analysis.sources.analyze"


async def test_what_is_revoked_is_not_active_and_is_told_to_whoever_asks(oauth: OAuthServer) -> None:
    header = await robot(oauth.directory)
    token = (await oauth.token(header, grant_type="client_credentials")).access_token
    seen = await oauth.introspect(token, header)
    claims = await oauth.claims(token)
    assert (seen.active, seen.sub, seen.exp, seen.jti) == (True, claims["sub"], claims["exp"], claims["jti"])
    before = (await oauth.revocations()).next_number
    await oauth.revoke(token, header)
    await oauth.revoke(token, header)
    assert (await oauth.introspect(token, header)) == pb.IntrospectResponse(active=False)
    assert [one.token for one in (await oauth.revocations(before)).revocations] == [claims["jti"]]


async def test_a_session_ends_at_the_wish_of_its_client_and_of_no_other(oauth: OAuthServer) -> None:
    await oauth.directory.add_user("ana")
    answer = await oauth.sign_in()
    header = await robot(oauth.directory)
    for token in (answer.refresh_token, answer.access_token):
        assert (await refusal(oauth.revoke(token, header))).error == "unauthorized_client"
    await oauth.revoke(answer.refresh_token)
    await oauth.revoke("mr_never-was-one")
    await oauth.revoke("never.was.one")
    assert (await refusal(oauth.refresh(answer.refresh_token))).error == "invalid_grant"


async def test_nobody_sees_the_tokens_of_others_or_without_a_secret(oauth: OAuthServer) -> None:
    await oauth.directory.add_user("ana")
    answer = await oauth.sign_in()
    header = await robot(oauth.directory)
    for token in (answer.access_token, answer.refresh_token, "x", "a.b.c"):
        assert (await oauth.introspect(token, header)) == pb.IntrospectResponse(active=False)
    assert (await refusal(oauth.introspect(answer.access_token, basic("malha-cli", "")))).error == "invalid_client"


async def test_an_ended_token_is_not_active(oauth: OAuthServer) -> None:
    header = await robot(oauth.directory)
    token = (await oauth.token(header, grant_type="client_credentials")).access_token
    oauth.directory.clock.advance(600)
    assert (await oauth.introspect(token, header)).active is False


async def test_who_must_change_the_password_hears_so(oauth: OAuthServer) -> None:
    user = await oauth.directory.add_user("ana", must_change=True)
    await oauth.directory.bind(user.name, "admin")
    answer = await oauth.sign_in()
    permissions = (await oauth.claims(answer.access_token))["permissions"]
    assert answer.must_change_password and set(permissions) == {"identity.account.changePassword"} | INHERENT
