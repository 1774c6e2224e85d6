"""Devices without a browser are let in, or turned away, by a person on a page."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import grpc
import pytest
from malha.identity.v1 import oauth_service_pb2 as pb

from services.identity.oauth.domain.errors import DeviceNotFound, InvalidGrant
from services.identity.oauth.usecases.decide_on_device import Approver
from tests.integration.identity.directory import PASSWORD
from tests.integration.identity.oauth import ISSUER, OAuthServer, form, refusal


async def _ask(oauth: OAuthServer, user_code: str, **fields: str) -> str:
    username = f"{oauth.directory.tenant}/ana"
    return await oauth.page(**({"user_code": user_code, "username": username, "password": PASSWORD} | fields))


def _ticket(page: str) -> str:
    found = re.search(r'name="ticket" value="([^"]+)"', page)
    assert found is not None, page
    return unescape(found[1])


async def test_a_person_lets_a_device_in(oauth: OAuthServer) -> None:
    user = await oauth.directory.add_user("ana")
    codes = await oauth.device()
    assert (codes.expires_in, codes.interval, codes.verification_uri) == (600, 5, f"{ISSUER}/oauth2/device")
    assert codes.verification_uri_complete == f"{ISSUER}/oauth2/device?user_code={codes.user_code}"
    assert (await refusal(oauth.poll(codes.device_code))).error == "authorization_pending"
    page = await _ask(oauth, codes.user_code.lower().replace("-", " "))
    assert "The malha command" in page and "everything" in page
    assert "let in" in await oauth.page(ticket=_ticket(page), decision="approve")
    oauth.directory.clock.advance(5)
    answer = await oauth.poll(codes.device_code)
    claims = await oauth.claims(answer.access_token)
    assert (claims["sub"], claims["client_id"], claims["amr"]) == (str(user.name), "malha-cli", ["pwd"])
    assert (await oauth.refresh(answer.refresh_token)).access_token
    oauth.directory.clock.advance(5)
    assert (await refusal(oauth.poll(codes.device_code))).error == "expired_token", "its tokens are given once"


async def test_a_device_is_turned_away(oauth: OAuthServer) -> None:
    await oauth.directory.add_user("ana")
    codes = await oauth.device()
    ticket = _ticket(await _ask(oauth, codes.user_code))
    assert "turned away" in await oauth.page(ticket=ticket, decision="deny")
    assert (await refusal(oauth.poll(codes.device_code))).error == "access_denied"
    assert "No device waits" in await oauth.page(ticket=ticket, decision="approve"), "a ticket is good once"


async def test_anything_but_approve_turns_a_device_away(oauth: OAuthServer) -> None:
    await oauth.directory.add_user("ana")
    codes = await oauth.device()
    await oauth.page(ticket=_ticket(await _ask(oauth, codes.user_code)))
    assert (await refusal(oauth.poll(codes.device_code))).error == "access_denied"


async def test_a_device_that_hurries_has_to_slow_down(oauth: OAuthServer) -> None:
    codes, clock = await oauth.device(), oauth.directory.clock
    heard = []
    for seconds in (0, 4, 5, 6):
        clock.advance(seconds)
        heard.append((await refusal(oauth.poll(codes.device_code))).error)
    assert heard == ["authorization_pending", "slow_down", "slow_down", "authorization_pending"]
    clock.advance(10)
    assert (await refusal(oauth.poll(codes.device_code))).error == "slow_down", "its interval stays longer"


async def test_codes_end(oauth: OAuthServer) -> None:
    await oauth.directory.add_user("ana")
    codes = await oauth.device()
    ticket = _ticket(await _ask(oauth, codes.user_code))
    oauth.directory.clock.advance(600)
    assert "No device waits" in await oauth.page(ticket=ticket, decision="approve")
    assert "No device waits" in await _ask(oauth, codes.user_code)
    assert (await refusal(oauth.poll(codes.device_code))).error == "expired_token"


async def test_codes_are_the_client_s_own(oauth: OAuthServer) -> None:
    codes = await oauth.device()
    assert (await refusal(oauth.poll("made up"))).error == "invalid_grant"
    assert (await refusal(oauth.device(client_id="nobody"))).error == "invalid_client"
    account = await oauth.directory.add_account()
    key, new = await oauth.directory.add_key(account.name)
    other = oauth.poll(codes.device_code, client_id=key.prefix, client_secret=new.secret)
    assert (await refusal(other)).error == "invalid_grant"


async def test_of_two_questions_at_once_one_gets_the_tokens(oauth: OAuthServer) -> None:
    await oauth.directory.add_user("ana")
    codes = await oauth.device()
    await oauth.page(ticket=_ticket(await _ask(oauth, codes.user_code)), decision="approve")
    outcomes = await asyncio.gather(*(oauth.poll(codes.device_code) for _ in range(6)), return_exceptions=True)
    assert sum(isinstance(outcome, pb.TokenResponse) for outcome in outcomes) == 1


async def test_nobody_unknown_learns_whether_a_code_is_good(oauth: OAuthServer) -> None:
    await oauth.directory.add_user("ana")
    codes = await oauth.device()
    good = await _ask(oauth, codes.user_code, password="wrong")
    bad = await _ask(oauth, "BCDF-BCDF", password="wrong")
    assert good.replace(codes.user_code, "") == bad.replace("BCDF-BCDF", "")
    assert "No device waits" in await _ask(oauth, "BCDF-BCDF")


async def test_the_page_repeats_nothing_that_a_browser_would_run(oauth: OAuthServer) -> None:
    page = await oauth.page(user_code="<script>", username='"><script>alert(1)</script>', password="x")
    assert "<script" not in page and "&lt;script&gt;" in page
    answer = await oauth.stub.GetDevicePage(pb.GetDevicePageRequest(user_code='"><img src=x>'))
    assert b"<img" not in answer.page.data
    broken = await oauth.stub.SubmitDevicePage(pb.SubmitDevicePageRequest(form=form(b"\xff", "text/plain")))
    assert b'role="alert"' in broken.page.data


async def test_the_page_may_run_and_load_nothing(oauth: OAuthServer) -> None:
    call = oauth.stub.GetDevicePage(pb.GetDevicePageRequest(user_code="bcdfghjk"))
    headers = dict(await call.initial_metadata())
    assert b'value="BCDF-GHJK"' in (await call).page.data
    assert headers["content-security-policy"].startswith("default-src 'none';")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert (headers["cache-control"], headers["referrer-policy"]) == ("no-store", "no-referrer")


async def test_only_so_many_devices_may_wait(oauth: OAuthServer) -> None:
    store, policy = oauth.oauth.devices, oauth.oauth.servicer.authorize_device.policy
    codes = await oauth.device()
    login = await store.by_user_code(codes.user_code.replace("-", ""))
    assert login is not None and policy.most_waiting == 10_000
    another = replace(login, digest=b"another", user_code="BCDFBCDF")
    now = oauth.directory.clock.now()
    assert [await store.add(another, now, most) for most in (1, 2, 2)] == [False, True, False]
    assert await store.add(login, now, 3) is False, "its code is taken"
    later = oauth.directory.clock.now() + timedelta(minutes=10)
    assert await store.add(login, later, 1) is False, "its code is still taken"


async def test_a_login_lets_a_device_in_as_far_as_it_reaches(oauth: OAuthServer) -> None:
    directory = oauth.directory
    user = await directory.add_user("ana")
    await directory.bind(user.name, "member")
    narrow = await oauth.sign_in(scope="analysis.reports.read")
    claims = await oauth.claims(narrow.access_token)
    codes = await oauth.device()
    approver = Approver(directory.tenant, claims["jti"], frozenset(claims["permissions"]))
    decide = oauth.oauth.servicer.decide_with_token
    decision = await decide(approver, codes.user_code, "", approve=True)
    assert (decision.client, decision.scope) == ("malha-cli", "analysis.reports.read")
    answer = await oauth.poll(codes.device_code)
    assert answer.scope == "analysis.reports.read"
    with pytest.raises(DeviceNotFound):
        await decide(approver, codes.user_code, "", approve=True)


async def test_who_lets_a_device_in_hears_what_it_got_and_not_what_it_wanted(oauth: OAuthServer) -> None:
    user = await oauth.directory.add_user("ana")
    await oauth.directory.bind(user.name, "member")
    claims = await oauth.claims((await oauth.sign_in()).access_token)
    codes = await oauth.device(scope="analysis.reports.read identity.users.create")
    approver = Approver(oauth.directory.tenant, claims["jti"], frozenset(claims["permissions"]))
    decision = await oauth.oauth.servicer.decide_with_token(approver, codes.user_code, "", approve=True)
    assert decision.scope == (await oauth.poll(codes.device_code)).scope == "analysis.reports.read"


async def test_a_login_that_was_cut_down_for_one_token_passes_on_no_more(oauth: OAuthServer) -> None:
    directory = oauth.directory
    user = await directory.add_user("ana")
    await directory.bind(user.name, "member")
    whole = await oauth.sign_in()
    narrow = await oauth.refresh(whole.refresh_token, scope="analysis.reports.read identity.account.approveDevice")
    claims = await oauth.claims(narrow.access_token)
    codes = await oauth.device()
    approver = Approver(directory.tenant, claims["jti"], frozenset(claims["permissions"]))
    decision = await oauth.oauth.servicer.decide_with_token(approver, codes.user_code, "", approve=True)
    assert "analysis.sources.analyze" not in decision.scope and "analysis.reports.read" in decision.scope


async def test_an_ended_login_and_an_api_key_let_nobody_in(oauth: OAuthServer) -> None:
    await oauth.directory.add_user("ana")
    answer = await oauth.sign_in()
    claims = await oauth.claims(answer.access_token)
    await oauth.revoke(answer.refresh_token)
    codes = await oauth.device()
    for token_id in (claims["jti"], "f" * 32 + ".0"):
        approver = Approver(oauth.directory.tenant, token_id, frozenset(claims["permissions"]))
        with pytest.raises(InvalidGrant):
            await oauth.oauth.servicer.decide_with_token(approver, codes.user_code, "", approve=True)
    assert (await refusal(oauth.poll(codes.device_code))).status is grpc.StatusCode.FAILED_PRECONDITION
