"""A server that asks for tokens: whom it lets in, on whose behalf, and with which keys."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import error_details_pb2
from malha.identity.v1 import oauth_service_pb2 as pb_oauth
from malha.testing.v1 import echo_service_pb2 as pb
from malha.testing.v1.echo_service_pb2_grpc import EchoServiceStub

from services.runtime.auth import PrincipalKind, principal
from services.runtime.auth.guard import Guard
from services.testing.echo import EchoServicer
from tests.integration.runtime.calls import SHAPES, call, request_of
from tests.support.identity import make_identities, mesh_credentials, open_channel
from tests.support.token_corpus import CASES, PERMISSION
from tests.support.tokens import ISSUER, FixedAuthority, Issuer
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from services.runtime.auth import Principal
    from tests.integration.runtime.calls import Outcome
    from tests.integration.runtime.conftest import Running, Start


class Witness(EchoServicer):
    """Remembers on whose behalf it was called."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Principal] = []

    async def Echo(self, request: pb.EchoRequest, context: Any) -> pb.EchoResponse:
        self.seen.append(principal())
        return await super().Echo(request, context)


class Guarded:
    """A server that trusts `issuer`, and a connection to it as Envoy has one."""

    def __init__(self, running: Running, witness: Witness, authority: FixedAuthority, issuer: Issuer) -> None:
        self.running = running
        self.witness = witness
        self.authority = authority
        self.issuer = issuer
        self.channel: grpc.aio.Channel

    async def ask(self, *values: str, caller: str = "edge", shape: str = "Echo") -> Outcome:
        """Call with these values of the header."""
        metadata = (("x-malha-caller", f"spiffe://malha.local/{caller}"), *(("authorization", v) for v in values))
        return await call(EchoServiceStub(self.channel), shape, request_of(shape), metadata=metadata)

    async def reason(self, *values: str, **options: Any) -> str:
        """Why such a call is refused; empty when it is not."""
        outcome = await self.ask(*values, **options)
        return "" if outcome.code is grpc.StatusCode.OK else outcome.info.reason

    @property
    def guard(self) -> Guard:
        """What asks the authority."""
        (guard,) = [owner for job in self.running.server._jobs if isinstance(owner := _owner(job), Guard)]
        return guard

    async def refresh(self) -> None:
        """Let the server ask its authority now."""
        await self.guard.refresh()


def _owner(job: Any) -> object:
    return getattr(job, "__self__", None)


@pytest.fixture
async def guarded(start: Start, tmp_path: Path) -> AsyncIterator[Guarded]:
    """A server whose authority knows one issuer."""
    make_identities(tmp_path)
    issuer, witness = Issuer(), Witness()
    authority = FixedAuthority(issuer)
    running = await start(witness, authority=authority, identity_dir=tmp_path / "identity" / "echo", issuer=ISSUER)
    server = Guarded(running, witness, authority, issuer)
    async with open_channel(running.server.address, mesh_credentials(tmp_path, "envoy")) as server.channel:
        await server.refresh()
        yield server


async def test_every_case_of_the_corpus_has_its_verdict(guarded: Guarded) -> None:
    assert len(CASES) == len({case.name for case in CASES}) >= 40
    brought = {case.name: case.values(guarded.issuer) for case in CASES}
    for _ in range(2):  # the second time, what is good is known already
        found = {name: await guarded.reason(*values) for name, values in brought.items()}
        assert found == {case.name: case.server for case in CASES}


async def test_a_handler_finds_on_whose_behalf_it_works(guarded: Guarded) -> None:
    token = guarded.issuer.token(PERMISSION, tier="pro", amr=["pwd", "otp", "mfa"], jti="s.1")
    assert await guarded.reason(f"Bearer {token}") == ""
    (seen,) = guarded.witness.seen
    assert (seen.kind, seen.subject, seen.tenant) == (PrincipalKind.USER, "users/ana", "default")
    assert (seen.tier, seen.client, seen.token_id, seen.mfa) == ("pro", "malha-cli", "s.1", True)
    assert seen.may(PERMISSION)
    assert not seen.may("testing.counters.update")


@pytest.mark.parametrize("shape", SHAPES)
async def test_a_refusal_says_what_would_have_let_the_caller_in(guarded: Guarded, shape: str) -> None:
    without = await guarded.ask(shape=shape)
    assert (without.code, without.trailers["www-authenticate"]) == (grpc.StatusCode.UNAUTHENTICATED, "Bearer")
    bad = await guarded.ask("Bearer x.y.z", shape=shape)
    assert bad.trailers["www-authenticate"] == 'Bearer error="invalid_token"'
    lacking = await guarded.ask(f"Bearer {guarded.issuer.token()}", shape=shape)
    assert lacking.code is grpc.StatusCode.PERMISSION_DENIED
    assert lacking.info.metadata["permission"] == PERMISSION
    assert lacking.trailers["www-authenticate"] == f'Bearer error="insufficient_scope", scope="{PERMISSION}"'
    figures = {reason: guarded.running.figure("malha_refused_tokens_total", reason=reason) for reason in WHYS}
    assert figures == dict.fromkeys(WHYS, 1)


WHYS = ("token_required", "not_base64url", "permission_missing")


async def test_another_workload_calls_for_itself_or_for_the_one_whose_token_comes_along(guarded: Guarded) -> None:
    assert await guarded.reason(caller="echo") == ""
    # Who may call is the contract's affair; of the token only has to be true what it says.
    assert await guarded.reason(f"Bearer {guarded.issuer.token()}", caller="echo") == ""
    assert await guarded.reason("Basic YTpi", caller="echo") == ""
    for_itself, for_ana, with_a_password = guarded.witness.seen
    assert (for_itself.kind, for_itself.subject, for_itself.tenant) == (PrincipalKind.WORKLOAD, "echo", "")
    assert (for_ana.kind, for_ana.subject, for_ana.tenant) == (PrincipalKind.USER, "users/ana", "default")
    assert with_a_password == for_itself
    assert await guarded.reason("Bearer x.y.z", caller="echo") == "TOKEN_INVALID"
    assert await guarded.reason(f"Bearer {guarded.issuer.token()}", caller="analysis") == "CALLER_NOT_ALLOWED"


async def test_a_call_that_was_let_in_goes_on_elsewhere_though_its_token_ends(guarded: Guarded) -> None:
    begin = guarded.issuer.claims()["iat"] - 400
    token = guarded.issuer.token(PERMISSION, iat=begin, exp=begin + 360)
    assert await guarded.reason(f"Bearer {token}") == "TOKEN_EXPIRED"
    assert await guarded.reason(f"Bearer {token}", caller="echo") == ""


def _revocation(guarded: Guarded, **target: Any) -> pb_oauth.Revocation:
    now = guarded.issuer.claims()["iat"]
    return pb_oauth.Revocation(
        revoke_time=Timestamp(seconds=now + 1), expire_time=Timestamp(seconds=now + 600), **target
    )


@pytest.mark.parametrize(
    "target", [{"token": "s1.1"}, {"session": "s1"}, {"subject": "users/ana"}, {"tenant": "default"}], ids=str
)
async def test_what_was_taken_back_is_refused_from_the_next_question_on(
    guarded: Guarded, target: dict[str, str]
) -> None:
    token = f"Bearer {guarded.issuer.token(PERMISSION, jti='s1.1')}"
    other = f"Bearer {guarded.issuer.token(PERMISSION, jti='s2.1', sub='users/eve', tenant='umbra')}"
    assert await guarded.reason(token) == ""
    guarded.authority.taken_back.append(_revocation(guarded, **target))
    await guarded.refresh()
    assert [await guarded.reason(token), await guarded.reason(other)] == ["TOKEN_REVOKED", ""]
    # It is remembered when the issuer is away, and when it has been asked for what came later.
    guarded.authority.away = True
    await guarded.refresh()
    guarded.authority.away = False
    await guarded.refresh()
    assert await guarded.reason(token) == "TOKEN_REVOKED"


async def test_who_signs_in_again_after_all_was_taken_back_is_let_in(guarded: Guarded) -> None:
    guarded.authority.taken_back.append(_revocation(guarded, subject="users/ana"))
    await guarded.refresh()
    now = guarded.issuer.claims()["iat"]
    assert await guarded.reason(f"Bearer {guarded.issuer.token(PERMISSION)}") == "TOKEN_REVOKED"
    assert await guarded.reason(f"Bearer {guarded.issuer.token(PERMISSION, iat=now + 2, exp=now + 300)}") == ""


async def test_keys_change_with_an_overlap_and_a_withdrawn_one_is_worth_nothing(guarded: Guarded) -> None:
    fresh = Issuer(kid="key-2")
    old = f"Bearer {guarded.issuer.token(PERMISSION)}"
    new = f"Bearer {fresh.token(PERMISSION)}"
    assert [await guarded.reason(old), await guarded.reason(new)] == ["", "TOKEN_INVALID"]
    guarded.authority.published.append(fresh.jwk())
    guard = guarded.guard
    guard._keys_at = 0.0
    await guarded.refresh()
    assert [await guarded.reason(old), await guarded.reason(new)] == ["", ""]
    del guarded.authority.published[0]
    guard._keys_at = 0.0
    await guarded.refresh()
    assert [await guarded.reason(old), await guarded.reason(new)] == ["TOKEN_INVALID", ""]


async def test_the_last_keys_hold_while_the_issuer_is_away_or_talks_nonsense(guarded: Guarded) -> None:
    token = f"Bearer {guarded.issuer.token(PERMISSION)}"
    authority = guarded.authority
    for away, published in ((True, authority.published), (False, []), (False, [Issuer().jwk(), Issuer().jwk()])):
        authority.away, authority.published = away, published
        guarded.guard._keys_at = 0.0
        await guarded.refresh()
        assert await guarded.reason(token) == ""


async def test_no_token_is_believed_before_keys_and_revocations_are_known(start: Start, tmp_path: Path) -> None:
    make_identities(tmp_path)
    issuer = Issuer()
    authority = FixedAuthority(issuer)
    authority.away = True
    running = await start(authority=authority, identity_dir=tmp_path / "identity" / "echo", issuer=ISSUER)
    server = Guarded(running, Witness(), authority, issuer)
    async with open_channel(running.server.address, mesh_credentials(tmp_path, "envoy")) as server.channel:
        outcome = await server.ask(f"Bearer {issuer.token(PERMISSION)}")
        assert (outcome.code, outcome.info.reason) == (grpc.StatusCode.UNAVAILABLE, "TOKEN_KEYS_UNAVAILABLE")
        assert outcome.detail(error_details_pb2.RetryInfo).retry_delay.ToMilliseconds() > 0
        authority.away = False

        async def let_in() -> bool:
            return await server.reason(f"Bearer {issuer.token(PERMISSION)}") == ""

        await eventually(let_in)
    await running.server.stop(0)
    assert authority.closed


async def test_an_unknown_key_makes_the_server_ask_but_not_each_time(guarded: Guarded) -> None:
    fresh = Issuer(kid="key-2")
    guarded.authority.published.append(fresh.jwk())
    token = f"Bearer {fresh.token(PERMISSION)}"
    asked = guarded.authority.asked_for_keys
    guarded.guard._keys_at -= 10  # the last answer is some seconds old
    assert await guarded.reason(token) == "TOKEN_INVALID"

    async def known() -> bool:
        return await guarded.reason(token) == ""

    await eventually(known)
    for _ in range(20):
        await guarded.reason(f"Bearer {Issuer(kid='key-3').token(PERMISSION)}")
    assert guarded.authority.asked_for_keys == asked + 1


async def test_a_replica_is_announced_when_it_can_check_tokens_or_nobody_answers(start: Start, tmp_path: Path) -> None:
    make_identities(tmp_path)
    for away in (False, True):
        authority = SlowAuthority(Issuer())
        authority.away = away
        announced = Announced()
        await start(
            authority=authority, registration=announced, identity_dir=tmp_path / "identity" / "echo", issuer=ISSUER
        )
        await authority.asked.wait()
        assert not announced.at.is_set()
        authority.answers.set()
        await asyncio.wait_for(announced.at.wait(), 5)


class SlowAuthority(FixedAuthority):
    """Answers when a test says so."""

    def __init__(self, *issuers: Issuer) -> None:
        super().__init__(*issuers)
        self.asked = asyncio.Event()
        self.answers = asyncio.Event()

    async def keys(self) -> pb_oauth.GetJsonWebKeySetResponse:
        self.asked.set()
        await self.answers.wait()
        return await super().keys()


class Announced:
    """A registry that remembers whether somebody came."""

    def __init__(self) -> None:
        self.at = asyncio.Event()

    async def announce(self, address: str, metrics_address: str | None) -> None:
        self.at.set()

    async def drain(self) -> None:
        """Nothing to do."""

    async def close(self) -> None:
        """Nothing to do."""
