"""The parts that judge a token: what is remembered of it, which keys count, and where a call takes it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from malha.identity.v1.oauth_service_pb2 import JsonWebKey, Revocation
from pydantic import ValidationError

from services.runtime.auth import Principal, PrincipalKind, principal
from services.runtime.auth.catalogue import all_contracts, permissions
from services.runtime.auth.keys import KeysInvalid, read
from services.runtime.auth.principal import ANONYMOUS, OPEN, workload
from services.runtime.auth.revocations import Revocations
from services.runtime.auth.tokens import Tokens
from services.runtime.auth.verification import LEEWAY, Verifier
from services.runtime.call import Call, enter
from services.runtime.exceptions import TokenExpired, TokenInvalid
from services.runtime.identity.outgoing import Outgoing
from services.runtime.method import Method, Shape
from services.runtime.settings import RuntimeSettings
from tests.support.tokens import Issuer

if TYPE_CHECKING:
    from pathlib import Path

ISSUER = Issuer()


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = float(int(time.time()))

    def __call__(self) -> float:
        return self.now


class Counted(Verifier):
    """Counts what it verifies."""

    verified = 0

    def verify(self, token: str) -> Principal:
        self.verified += 1
        return super().verify(token)


def _tokens(clock: Clock, generation: int = 4) -> tuple[Tokens, Counted]:
    verifier = Counted(ISSUER.name, read([ISSUER.jwk()]).get, Revocations(), clock)
    return Tokens(verifier, clock, generation), verifier


def _header(clock: Clock, number: int = 0) -> str:
    now = int(clock.now)
    return f"Bearer {ISSUER.token(iat=now, exp=now + 300, jti=f'session.{number}')}"


def test_a_token_is_verified_once_and_ends_on_time_all_the_same() -> None:
    clock = Clock()
    tokens, verifier = _tokens(clock)
    header = _header(clock)
    assert tokens.principal(header) is tokens.principal(header)
    clock.now += 300 + LEEWAY - 0.01
    tokens.principal(header)
    assert verifier.verified == 1
    clock.now += 0.01
    with pytest.raises(TokenExpired):
        tokens.principal(header)


def test_as_many_tokens_are_remembered_as_there_is_room_for_and_those_in_use_stay() -> None:
    clock = Clock()
    tokens, verifier = _tokens(clock)
    used = _header(clock, 1000)
    for number in range(50):
        tokens.principal(_header(clock, number))
        tokens.principal(used)
    assert len(tokens._young) + len(tokens._old) <= 2 * 4
    assert verifier.verified == 51, "who comes again and again is never verified again"


def test_what_is_no_token_is_not_remembered() -> None:
    clock = Clock()
    tokens, _ = _tokens(clock)
    for number in range(50):
        with pytest.raises(TokenInvalid):
            tokens.principal(f"{_header(clock, number)[:-4]}AAAA")
    assert not tokens._young
    assert not tokens._old


def test_those_who_are_concerned_are_verified_again() -> None:
    clock = Clock()
    tokens, verifier = _tokens(clock)
    headers = [_header(clock, number) for number in range(2)]
    for _ in range(2):
        for header in headers:
            tokens.principal(header)
        tokens.forget(lambda known: known.token_id == "session.1")
    for header in headers:
        tokens.principal(header)
    assert verifier.verified == 4


def _key(**changes: str) -> JsonWebKey:
    key = ISSUER.jwk()
    for name, value in changes.items():
        setattr(key, name, value)
    return key


def test_keys_for_something_else_are_left_out() -> None:
    others = [
        _key(kid="a", use="enc"),
        _key(kid="b", kty="RSA"),
        _key(kid="c", alg="ES256"),
        _key(kid="d", crv="X25519"),
    ]
    assert read([*others, ISSUER.jwk()]).keys() == {ISSUER.kid}


@pytest.mark.parametrize(
    "published",
    [
        [], [_key(kty="RSA")], [_key(), _key()], [_key(kid="")], [_key(x="")], [_key(x="AAAA")],
        [_key(x=_key().x + "=")], [_key(x="A" * 44)], [_key(kid=str(n)) for n in range(65)],
    ],
    ids=["none", "of another kind", "one id twice", "no id", "no key", "short", "padded", "long", "too many"],
)  # fmt: skip
def test_what_is_no_set_of_keys_is_refused_as_a_whole(published: list[JsonWebKey]) -> None:
    with pytest.raises(KeysInvalid):
        read(published)


def test_what_has_ended_by_itself_is_forgotten() -> None:
    revocations = Revocations()
    found = [Revocation(token="a.1"), Revocation(session="b"), Revocation(subject="users/c")]
    for revocation in found:
        revocation.revoke_time.seconds, revocation.expire_time.seconds = 100, 700
    revocations.add(found)

    def concerned() -> list[bool]:
        who = (("a.1", "users/x", "t", 99.0), ("b.7", "users/x", "t", 99.0), ("c.1", "users/c", "t", 99.0))
        return [revocations.concern(*each) for each in who]

    assert concerned() == [True, True, True]
    assert not revocations.concern("a.2", "users/x", "t", 99.0)
    assert not revocations.concern("c.1", "users/c", "t", 100.0), "issued after the rest was taken back"
    revocations.forget(700.0)
    assert concerned() == [True, True, True]
    revocations.forget(700.1)
    assert concerned() == [False, False, False]
    assert not len(revocations)


def _of_subject(before: int, kept: str = "") -> Revocation:
    found = Revocation(subject="users/c", kept_session=kept)
    found.revoke_time.seconds, found.expire_time.seconds = before, before + 610
    return found


_CHANGES = st.lists(st.tuples(st.integers(1, 9), st.sampled_from(["", "a", "b", "c"])), max_size=8)


@given(_CHANGES, st.sampled_from(["a", "b", "c", "d"]), st.integers(0, 10))
def test_however_many_changes_kept_a_session_each_token_has_the_verdict_that_all_of_them_give(
    changes: list[tuple[int, str]], session: str, issued: int
) -> None:
    revocations = Revocations()
    revocations.add(_of_subject(before, kept) for before, kept in changes)
    expected = any(issued < before and kept != session for before, kept in changes)
    assert revocations.concern(f"{session}.1", "users/c", "t", issued) is expected
    assert not revocations.concern(f"{session}.1", "users/d", "t", issued)


def test_all_of_a_tenant_is_taken_back_and_nothing_of_another() -> None:
    revocations = Revocations()
    found = Revocation(tenant="acme")
    found.revoke_time.seconds = found.expire_time.seconds = 100
    revocations.add([found])
    asked = [("acme", 99), ("acme", 100), ("umbra", 99)]
    assert [revocations.concern("s.1", "users/c", tenant, at) for tenant, at in asked] == [True, False, False]


def test_of_more_than_there_is_room_for_the_earliest_become_one_moment() -> None:
    revocations = Revocations(most=10)
    for second in range(100, 200):
        found = Revocation(session=f"s{second}")
        found.revoke_time.seconds, found.expire_time.seconds = second, second + 610
        revocations.add([found])
        assert len(revocations) <= 10
        assert all(revocations.concern(f"s{before}.1", "users/c", "t", before - 1) for before in range(100, second + 1))
    assert not revocations.concern("other.1", "users/c", "t", 199.0), "who was given a token lately keeps it"


METHOD = Method(path="/t.Echo/Say", service="t.Echo", name="Say", shape=Shape.UNARY_UNARY, parse=bytes, timeout=30.0)
USER = replace(workload("x"), kind=PrincipalKind.USER, subject="users/ana", token_id="session.1")


class _Context:
    def invocation_metadata(self) -> tuple[tuple[str, str], ...]:
        return (("authorization", "Bearer token"), ("x-request-id", "r"))


async def _outgoing(who: Principal | None, given: list[tuple[str, str]] | None = None) -> dict[str, Any]:
    call = Call(METHOD, _Context())
    call.principal = who
    enter(call)
    return dict(Outgoing("/t.Other/Do", None, given, None).metadata)


@pytest.mark.parametrize("who", [None, ANONYMOUS, OPEN, workload("echo")], ids=str)
async def test_a_header_that_made_nobody_a_user_goes_nowhere(who: Principal | None) -> None:
    assert "authorization" not in await _outgoing(who)


async def test_a_sub_call_is_made_on_behalf_of_the_same_user_unless_told_otherwise() -> None:
    assert (await _outgoing(USER))["authorization"] == "Bearer token"
    assert (await _outgoing(USER, [("authorization", "Bearer other")]))["authorization"] == "Bearer other"


async def test_there_is_no_principal_before_a_call_is_authorised() -> None:
    call = Call(METHOD, _Context())
    enter(call)
    with pytest.raises(LookupError):
        principal()
    call.principal = OPEN
    assert principal().may("whatever.it.is")


def test_an_issuer_without_an_identity_is_no_guard(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="MALHA_IDENTITY_DIR"):
        RuntimeSettings(issuer="https://issuer.test")
    assert RuntimeSettings(issuer="https://issuer.test", identity_dir=tmp_path).issuer


def test_the_catalogue_holds_what_any_contract_names() -> None:
    found = permissions()
    assert {"analysis.reports.read", "identity.tokens.introspect", "mesh.topology.read"} < found
    assert permissions(["malha.testing.v1.echo_service_pb2"]) == {"testing.echo.call"}
    assert "malha.analysis.v1.analysis_service_pb2" in all_contracts()
