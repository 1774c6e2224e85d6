"""The rules around tokens, with a clock of the test's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.directory.domain.subjects import Method, Session, SubjectKind, SubjectName
from services.identity.oauth.domain import devices, scopes, sessions
from services.identity.oauth.domain.devices import DeviceLogin, DeviceState, Poll, poll
from services.identity.oauth.domain.errors import InvalidScope
from services.identity.oauth.domain.keys import KeyPolicy, SigningKey, plan, signer
from services.identity.oauth.domain.sessions import ClientSession, SessionPolicy, Verdict, verdict
from services.identity.oauth.domain.tokens import new_session, new_token_id
from services.identity.revocations.domain import RevocationKind, behind, issue_time, revocation
from services.runtime.auth.sessions import session_of

START = datetime(2026, 1, 1, tzinfo=UTC)
POLICY = KeyPolicy(timedelta(days=30), timedelta(hours=1), timedelta(minutes=10))
_PERMISSIONS = st.frozensets(st.sampled_from(["a.b.c", "a.b.d", "a.c.c", "b.b.b"]))
_SCOPES = st.none() | _PERMISSIONS


# Any pattern of looks, with the service away for up to half a year.
@given(st.lists(st.integers(min_value=1, max_value=15_000_000), min_size=1, max_size=60))
def test_however_seldom_keys_are_looked_at_every_token_can_be_checked_until_it_ends(pauses: list[int]) -> None:
    keys: list[SigningKey] = []
    now, published_at = START, dict[str, datetime]()
    signed: list[tuple[str, datetime]] = []
    for pause in pauses:
        todo = plan(keys, frozenset(key.id for key in keys), now, POLICY)
        if todo.next_active is not None:
            keys.append(SigningKey(f"k{len(published_at)}", b"", b"", todo.next_active))
            published_at[keys[-1].id] = now
        keys = [key for key in keys if key.id not in todo.drop]
        known = {key.id for key in keys}
        assert all(key in known for key, end in signed if end > now), "a key was dropped before its last token ended"
        signing = signer(keys, now)
        assert signing is not None
        first = signing.id == "k0"
        assert first or now - published_at[signing.id] >= POLICY.lead, "a key signed before it was long published"
        assert len(keys) <= 3
        signed.append((signing.id, now + POLICY.token_life))
        now += timedelta(seconds=pause)


def test_keys_that_do_not_open_are_replaced_at_once_and_stay_published() -> None:
    lost = SigningKey("lost", b"", b"", START)
    todo = plan([lost], frozenset(), START + timedelta(days=1), POLICY)
    assert (todo.next_active, todo.drop) == (START + timedelta(days=1), ())


def test_a_clock_that_was_set_back_still_finds_a_key() -> None:
    key = SigningKey("k", b"", b"", START)
    assert signer([key], START - timedelta(days=2)) is key
    assert signer([], START) is None


@given(_PERMISSIONS, _SCOPES, _SCOPES)
def test_scopes_only_ever_take_away(held: frozenset[str], one: scopes.Scope, other: scopes.Scope) -> None:
    try:
        left = scopes.cut(held, scopes.both(one, other))
    except InvalidScope:
        return
    assert left <= held | scopes.INHERENT
    for scope in (one, other):
        assert scope is None or left <= scope | scopes.INHERENT
    assert scopes.both(one, other) == scopes.both(other, one)


@given(_PERMISSIONS.filter(bool))
def test_what_a_scope_says_is_what_it_was_read_from(names: frozenset[str]) -> None:
    assert scopes.parse(scopes.text_of(names, names)) == names


@pytest.mark.parametrize("text", ["", " ", "all", "all a.b.c"])
def test_no_scope_is_every_scope(text: str) -> None:
    assert scopes.parse(text) is None


@pytest.mark.parametrize("text", ['a"b', "a\\b", "a\tb", "é", "x" * 9000, "y" * 129])
def test_what_is_no_scope_is_refused(text: str) -> None:
    with pytest.raises(InvalidScope):
        scopes.parse(text)


def _login(**changes: object) -> DeviceLogin:
    made = DeviceLogin(
        digest=b"", user_code="BCDFGHJK", client="c", scope=None, create_time=START,
        expire_time=START + timedelta(minutes=10), interval=timedelta(seconds=5),
    )  # fmt: skip
    return replace(made, **changes)


@given(st.lists(st.floats(min_value=0, max_value=60), max_size=100))
def test_a_device_is_heard_no_more_often_than_its_interval(pauses: list[float]) -> None:
    login, now, heard = _login(), START, list[datetime]()
    for pause in pauses:
        now += timedelta(seconds=pause)
        answer, after = poll(login, now)
        assert after.interval >= login.interval, "an interval never gets shorter"
        assert after.interval <= timedelta(minutes=1)
        if answer is Poll.PENDING:
            assert not heard or now - heard[-1] >= timedelta(seconds=4.5)
            heard.append(now)
        login = after


@pytest.mark.parametrize(
    ("state", "seconds", "answer"),
    [
        (DeviceState.WAITING, 0, Poll.PENDING),
        (DeviceState.APPROVED, 0, Poll.APPROVED),
        (DeviceState.DENIED, 0, Poll.DENIED),
        (DeviceState.REDEEMED, 0, Poll.EXPIRED),
        (DeviceState.WAITING, 600, Poll.EXPIRED),
        (DeviceState.APPROVED, 600, Poll.EXPIRED),
    ],
)
def test_what_a_device_hears(state: DeviceState, seconds: int, answer: Poll) -> None:
    assert poll(_login(state=state), START + timedelta(seconds=seconds))[0] is answer


def test_a_clock_that_was_set_back_holds_no_device_up() -> None:
    login = _login(last_poll=START + timedelta(minutes=5))
    assert poll(login, START)[0] is Poll.PENDING


@given(st.text(alphabet="bcdfghjklmnpqrstvwxzBCDFGHJKLMNPQRSTVWXZ -\t", max_size=20))
def test_a_code_is_read_however_it_is_written(text: str) -> None:
    code = devices.normalised(text)
    assert code == "" or devices.normalised(devices.shown(code).lower()) == code


def test_a_code_is_hard_to_confuse() -> None:
    codes = {devices.new_user_code() for _ in range(100)}
    assert len(codes) == 100 and not set("".join(codes)) & set("AEIOUY0123456789")
    assert devices.normalised("BCDF-GHJ1") == devices.normalised("BCDFGHJ") == devices.normalised("") == ""


def _session(**changes: object) -> ClientSession:
    name = SubjectName(SubjectKind.USER, UUID(int=1))
    of = Session("t", name, frozenset({Method.PASSWORD}), START, 1, None)
    made = ClientSession("s", "c", of, START, START + timedelta(days=90))
    return replace(made, **changes)


@pytest.mark.parametrize(
    ("used", "revoked", "days", "expected"),
    [
        (False, False, 0, Verdict.GOOD),
        (False, False, 14, Verdict.ENDED),
        (True, False, 0, Verdict.REUSED),
        (True, False, 20, Verdict.REUSED),
        (True, True, 0, Verdict.ENDED),
        (False, True, 0, Verdict.ENDED),
        (True, False, 90, Verdict.ENDED),
    ],
)
def test_what_a_refresh_token_is_worth(used: bool, revoked: bool, days: int, expected: Verdict) -> None:
    session = _session(revoke_time=START if revoked else None)
    token = sessions.token_of(session, "x", START, SessionPolicy(timedelta(days=90), timedelta(days=14)))
    token = replace(token, use_time=START if used else None)
    assert verdict(token, session, START + timedelta(days=days)) is expected


def test_a_refresh_token_never_outlives_its_session() -> None:
    session, policy = _session(), SessionPolicy(timedelta(days=90), timedelta(days=14))
    late = sessions.token_of(session, "x", START + timedelta(days=85), policy)
    assert late.expire_time == session.expire_time


def test_a_token_knows_its_session() -> None:
    session = new_session()
    assert session_of(new_token_id(session)) == session and new_token_id(session) != new_token_id(session)


@given(st.lists(st.tuples(st.integers(0, 3_000_000), st.booleans()), max_size=8))
def test_nothing_issued_before_a_revocation_outlives_it_and_what_comes_after_is_good(
    steps: list[tuple[int, bool]],
) -> None:
    now, revoked, told = START, None, list[tuple[int, int]]()
    for number, (microseconds, takes_back) in enumerate(steps):
        now += timedelta(microseconds=microseconds)
        if takes_back:
            one = behind(revocation(RevocationKind.SUBJECT, "users/1", now), revoked, now)
            assert now < one.revoke_time, "also what was issued in this very second"
            assert one.expire_time >= now + timedelta(minutes=10)
            revoked = one.revoke_time
            assert all(at < revoked.timestamp() for _, at in told) or _hurried(steps[: number + 1])
        told.append((number, issue_time(now, revoked)))
        assert revoked is None or told[-1][1] >= revoked.timestamp(), "it is good at once"
        assert told[-1][1] <= int(now.timestamp()) + 4, "no token comes from the future"


def _hurried(steps: list[tuple[int, bool]]) -> bool:
    """Whether so much was taken back within a few seconds that the bound on the future is reached."""
    return sum(takes_back for _, takes_back in steps) > 3
