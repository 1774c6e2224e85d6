"""Whoever gets in, stays, leaves or fails to get in leaves an entry, in the transaction of that; and nothing secret."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from typing import Any
from uuid import uuid4

import pyotp
import pytest
from malha.identity.v1 import account_service_pb2 as account_pb
from sqlalchemy import text

from services.identity.directory.domain.second_factor import Totp
from services.identity.directory.usecases.refusals import Refusals
from services.identity.oauth.domain.sessions import digest_of
from services.identity.oauth.domain.trail import REUSED
from services.identity.oauth.usecases.decide_on_device import Approver
from services.runtime.audit import PLATFORM
from services.runtime.audit.entry import network_of
from services.runtime.db import UnitOfWork
from tests.integration.identity.directory import PASSWORD, Directory
from tests.integration.identity.directory_rpcs import Rpcs, caller
from tests.integration.identity.oauth import CLI, REQUEST_ID, OAuthServer, basic, refusal, robot

_ISSUE, _REVOKE = "identity.tokens.issue", "identity.tokens.revoke"


async def _entries(oauth: OAuthServer, tenant: str = "") -> list[Any]:
    """What is in the log when nothing waits to be written any more."""
    oauth.directory.refusals.tell()
    for entry, count in oauth.directory.counted:
        oauth.writer.put(entry, count)
    oauth.directory.counted.clear()
    await oauth.writer.flush()
    return await oauth.directory.entries(tenant)


async def _transaction_of(oauth: OAuthServer, statement: str, **values: object) -> Any:
    async with UnitOfWork(oauth.directory.engine, oauth.directory.tenant) as work:
        return await work.connection.scalar(text(statement), values)


async def test_a_login_says_whose_it_is_how_it_was_proved_and_whence_in_the_transaction_of_its_session(
    oauth: OAuthServer,
) -> None:
    user = await oauth.directory.add_user("ana")
    answer = await oauth.sign_in()
    claims = await oauth.claims(answer.access_token)
    (entry,) = await _entries(oauth)
    session = claims["jti"].split(".")[0]
    assert (entry.action, entry.decision, entry.resource) == (_ISSUE, "ALLOWED", f"sessions/{session}")
    assert (entry.subject, entry.kind, entry.client) == (str(user.name), "user", "malha-cli")
    assert json.loads(entry.details) == {"grant": "password", "methods": "pwd", "token": claims["jti"]}
    assert (entry.request_id, entry.network) == (REQUEST_ID, network_of(oauth.directory.address))
    assert entry.xmin == await _transaction_of(oauth, "SELECT xmin FROM identity.sessions WHERE id = :id", id=session)


async def test_a_renewal_is_one_entry_and_a_copied_token_ends_the_session_with_one(oauth: OAuthServer) -> None:
    await oauth.directory.add_user("ana")
    first = await oauth.sign_in()
    second = await oauth.refresh(first.refresh_token)
    for _ in range(3):
        await refusal(oauth.refresh(first.refresh_token))
    await refusal(oauth.refresh(second.refresh_token))
    entries = await _entries(oauth)
    assert [(entry.action, entry.reason) for entry in entries] == [(_ISSUE, ""), (_ISSUE, ""), (_REVOKE, REUSED)]
    assert json.loads(entries[1].details)["grant"] == "refresh_token"
    used = "SELECT xmin FROM identity.refresh_tokens WHERE digest = :digest"
    assert entries[1].xmin == await _transaction_of(oauth, used, digest=digest_of(second.refresh_token))
    ended = "SELECT xmin FROM identity.revocations WHERE target = :id AND kind = 2"
    session = entries[2].resource.removeprefix("sessions/")
    assert entries[2].xmin == await _transaction_of(oauth, ended, id=session)


async def test_an_api_key_leaves_an_entry_for_each_token(oauth: OAuthServer) -> None:
    header = await robot(oauth.directory)
    tokens = [(await oauth.token(header, grant_type="client_credentials")).access_token for _ in range(2)]
    entries = await _entries(oauth)
    told = [json.loads(entry.details) for entry in entries]
    assert [each["token"] for each in told] == [(await oauth.claims(token))["jti"] for token in tokens]
    assert {entry.kind for entry in entries} == {"service_account"}
    assert len({entry.resource for entry in entries}) == 1, "a key has one session"


async def test_what_is_revoked_is_told_once_and_what_is_none_not_at_all(oauth: OAuthServer) -> None:
    await oauth.directory.add_user("ana")
    answer = await oauth.sign_in()
    platform = len(await _entries(oauth, PLATFORM))
    for token in (answer.access_token, answer.access_token, answer.refresh_token, answer.refresh_token, "x", "mr_x"):
        await oauth.revoke(token)
    entries = await _entries(oauth)
    assert [entry.action for entry in entries] == [_ISSUE, _REVOKE, _REVOKE]
    jti = (await oauth.claims(answer.access_token))["jti"]
    assert [json.loads(entry.details).get("token") for entry in entries[1:]] == [jti, None]
    assert len(await _entries(oauth, PLATFORM)) == platform


@pytest.mark.parametrize("decision", ["approve", "deny"])
async def test_a_device_is_decided_on_in_the_name_of_a_person(oauth: OAuthServer, decision: str) -> None:
    user = await oauth.directory.add_user("ana")
    codes = await oauth.device()
    fields = {"user_code": codes.user_code, "username": f"{oauth.directory.tenant}/ana", "password": PASSWORD}
    ticket = re.search(r'name="ticket" value="([^"]+)"', await oauth.page(**fields))
    assert ticket is not None
    for _ in range(2):
        await oauth.page(ticket=unescape(ticket[1]), decision=decision)
    if decision == "approve":
        await oauth.poll(codes.device_code)
    entries = await _entries(oauth)
    decided = ["identity.devices.verify", "identity.account.approveDevice", *([_ISSUE] * (decision == "approve"))]
    assert [entry.action for entry in entries] == decided
    assert json.loads(entries[1].details) == {"decision": decision}
    assert {entry.subject for entry in entries} == {str(user.name)}
    assert entries[0].resource == "clients/malha-cli"


async def test_a_device_that_a_login_lets_in_is_told_too(oauth: OAuthServer) -> None:
    await oauth.directory.add_user("ana")
    claims = await oauth.claims((await oauth.sign_in()).access_token)
    codes = await oauth.device()
    approver = Approver(oauth.directory.tenant, claims["jti"], frozenset(claims["permissions"]))
    await oauth.oauth.servicer.decide_with_token(approver, codes.user_code, "", approve=True)
    assert [entry.action for entry in await _entries(oauth)] == [_ISSUE, "identity.account.approveDevice"]


async def test_what_is_not_given_leaves_nothing(oauth: OAuthServer) -> None:
    await oauth.directory.add_user("ana")
    await refusal(oauth.sign_in(scope="identity.users.delete"))
    assert await _entries(oauth) == []
    assert await _transaction_of(oauth, "SELECT count(*) FROM identity.sessions") == 0


async def test_failures_are_told_until_they_lock_and_from_then_on_counted(oauth: OAuthServer) -> None:
    user = await oauth.directory.add_user("ana")
    for _ in range(40):
        await refusal(oauth.sign_in(password="not the password of anybody"))
    entries = await _entries(oauth)
    wrong, locked = ("REFUSED", "CREDENTIALS_WRONG"), ("REFUSED", "SIGN_IN_LOCKED")
    assert [(entry.decision, entry.reason) for entry in entries] == [wrong] * 5 + [locked] * 2
    assert [entry.details for entry in entries] == ["{}"] * 6 + ['{"count":"34"}']
    assert {(entry.action, entry.subject) for entry in entries[:6]} == {(_ISSUE, str(user.name))}


async def test_an_attack_from_one_network_writes_so_many_entries_a_minute_and_a_count(oauth: OAuthServer) -> None:
    directory = oauth.directory
    account = await directory.add_account()
    key, _ = await directory.add_key(account.name)
    network = directory.address.split(":")[2]
    for number in range(60):
        oauth.directory = _elsewhere(directory, f"2001:db8:{network}:{number:x}::1")
        await refusal(oauth.token(basic(key.prefix, "wrong"), grant_type="client_credentials"))
    oauth.directory = directory
    entries = await _entries(oauth)
    assert len(entries) == 21
    assert {entry.resource for entry in entries} == {f"apiKeys/{key.id}"}
    assert json.loads(entries[-1].details) == {"count": "40"}


def _elsewhere(directory: Directory, place: str) -> Directory:
    """The same directory, called from another address."""

    class Elsewhere(Directory):
        address = place  # type: ignore[assignment]

    other = object.__new__(Elsewhere)
    other.__dict__.update(directory.__dict__)
    return other


async def test_of_who_cannot_be_found_the_platform_hears_and_nobody_what_was_typed(oauth: OAuthServer) -> None:
    before = len(await _entries(oauth, PLATFORM))
    typed = [f"t{uuid4().hex[:12]}/nobody", "Pa55word typed for a name!"]
    for name in typed:
        await refusal(oauth.token(**CLI, grant_type="password", username=name, password="x" * 20))
    await refusal(oauth.token(basic("no such client", "x"), grant_type="client_credentials"))
    entries = (await _entries(oauth, PLATFORM))[before:]
    assert sorted(entry.details for entry in entries) == ['{"count":"2"}', "{}"]
    assert {(entry.decision, entry.subject, entry.reason) for entry in entries} <= {
        ("REFUSED", "", "CREDENTIALS_WRONG"), ("REFUSED", "open", "CREDENTIALS_WRONG"),
    }  # fmt: skip
    assert not any(name in str(entry) for entry in entries for name in typed)


async def test_who_has_the_password_and_not_the_code_is_counted(oauth: OAuthServer) -> None:
    directory = oauth.directory
    user = await directory.add_user("ana")
    totp = replace(Totp.make(), confirmed=True)
    async with directory.units.unit(directory.tenant) as unit:
        await unit.factors.put(user.id, totp)
        await unit.commit()
    for _ in range(3):
        await refusal(oauth.sign_in())
    await oauth.sign_in(otp=pyotp.TOTP(totp.secret).at(directory.clock.now()))
    entries = {entry.reason: entry for entry in await _entries(oauth)}
    assert json.loads(entries["SECOND_FACTOR_MISSING"].details) == {"count": "3"}
    assert json.loads(entries[""].details)["methods"] == "otp pwd mfa"


async def test_signing_keys_are_told_of_in_the_transaction_that_makes_them(oauth: OAuthServer) -> None:
    (key,) = oauth.oauth.keys.published()
    entries = [e for e in await _entries(oauth, PLATFORM) if e.resource == f"signingKeys/{key.id}"]
    (entry,) = entries
    assert (entry.action, entry.subject, entry.kind) == ("identity.signingKeys.rotate", "identity", "workload")
    made = await _transaction_of(oauth, "SELECT xmin FROM identity.signing_keys WHERE id = :id", id=key.id)
    assert entry.xmin == made


async def test_no_entry_holds_anything_that_opens_something(oauth: OAuthServer) -> None:
    directory = oauth.directory
    await directory.add_user("ana")
    account = await directory.add_account()
    _, new = await directory.add_key(account.name)
    wrong = "a wrong password of nobody"
    answer = await oauth.sign_in()
    renewed = await oauth.refresh(answer.refresh_token)
    codes = await oauth.device()
    page = await oauth.page(user_code=codes.user_code, username=f"{directory.tenant}/ana", password=PASSWORD)
    found = re.search(r'name="ticket" value="([^"]+)"', page)
    assert found is not None
    await oauth.page(ticket=unescape(found[1]), decision="approve")
    device = await oauth.poll(codes.device_code)
    machine = await oauth.token(basic(new.prefix, new.text), grant_type="client_credentials")
    for shown in (wrong, new.text, answer.access_token):
        await refusal(oauth.sign_in(shown, password=shown))
        await refusal(oauth.token(basic(shown, shown), grant_type="client_credentials"))
        await refusal(oauth.refresh(shown))
        await refusal(oauth.poll(shown))
        await oauth.page(user_code=shown[:32], username=shown, password=shown, otp=shown)
        await oauth.page(ticket=shown, decision="approve")
    await oauth.revoke(machine.access_token, basic(new.prefix, new.secret))
    await refusal(oauth.refresh(answer.refresh_token))
    secrets = [
        PASSWORD, wrong, new.secret, codes.device_code, codes.user_code, codes.user_code.replace("-", ""),
        unescape(found[1]), *(part for each in (answer, renewed, device, machine) for part in _parts(each)),
    ]  # fmt: skip
    told = "\n".join(map(str, [*await _entries(oauth), *await _entries(oauth, PLATFORM)]))
    assert _ISSUE in told
    assert [secret for secret in secrets if secret in told] == []


def _parts(answer: Any) -> list[str]:
    return [*answer.access_token.split("."), *([answer.refresh_token] if answer.refresh_token else [])]


async def test_a_repeated_change_of_ones_own_account_is_no_failure(directory: Directory, rpcs: Rpcs) -> None:
    user = await directory.add_user("ana")
    request = account_pb.ChangePasswordRequest(
        request_id=str(uuid4()), current_password=PASSWORD, new_password="nine otters under the bridge"
    )
    own = caller(directory.tenant, str(user.name))
    for _ in range(3):
        await rpcs(own, request)
    assert [entry.action for entry in await directory.entries()] == ["identity.account.changePassword"]


def test_counts_are_told_once_and_bounded() -> None:
    told: list[tuple[Any, int]] = []
    refusals = Refusals(lambda entry, count: told.append((entry, count)))
    for _ in range(5):
        refusals.impossible()
    refusals.tell()
    refusals.tell()
    assert [(entry.tenant, count) for entry, count in told] == [(PLATFORM, 5)]
