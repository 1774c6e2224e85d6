"""The directory's rules by themselves: locks, passwords, codes, keys, conditions, roles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from uuid import UUID

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.directory.domain.actors import Actor
from services.identity.directory.domain.built_in import ADMIN, MEMBER, PLATFORM_ADMIN, VIEWER, built_in_roles
from services.identity.directory.domain.errors import Escalation, PasswordUnfit
from services.identity.directory.domain.keys import NewKey, opens
from services.identity.directory.domain.lockouts import ACCOUNT, ADDRESS, Attempts, LockPolicy, address_key
from services.identity.directory.domain.passwords import LONGEST, check, one_time_password
from services.identity.directory.domain.roles import Conditions
from services.identity.directory.domain.second_factor import Totp, make_recovery_codes, recovery_digest
from services.identity.directory.domain.subjects import SubjectKind, SubjectName
from services.identity.directory.domain.users import Login

NOW = datetime(2026, 1, 1, tzinfo=UTC)
_moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))


@pytest.mark.parametrize("policy", [ACCOUNT, ADDRESS])
def test_waits_double_until_the_longest(policy: LockPolicy) -> None:
    attempts, waits = None, []
    for _ in range(policy.free + 14):
        attempts = policy.after_failure(attempts, NOW)
        waits.append(policy.wait(attempts, NOW))
    assert waits[: policy.free] == [timedelta()] * policy.free
    assert waits[policy.free] == policy.first
    for before, after in zip(waits[policy.free :], waits[policy.free + 1 :], strict=False):
        assert after == min(2 * before, policy.longest)
    assert waits[-1] == policy.longest


@given(failures=st.integers(0, 10**6), last=_moments, until=_moments, now=_moments)
def test_no_clock_locks_for_longer_than_the_longest_and_no_wait_is_negative(
    failures: int, last: datetime, until: datetime, now: datetime
) -> None:
    attempts = Attempts(failures, last, until)
    assert timedelta() <= ACCOUNT.wait(attempts, now) <= ACCOUNT.longest
    after = ACCOUNT.after_failure(attempts, now)
    assert timedelta() <= ACCOUNT.wait(after, now) <= ACCOUNT.longest


def test_failures_are_forgotten_after_a_while() -> None:
    attempts = Attempts(50, NOW, NOW)
    assert ACCOUNT.after_failure(attempts, NOW + ACCOUNT.forget).failures == 1
    assert ACCOUNT.after_failure(attempts, NOW + ACCOUNT.forget - timedelta(seconds=1)).failures == 51


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("", "nonsense", True),
    ],
)
def test_addresses_that_one_customer_has_count_together(one: str, other: str, same: bool) -> None:
    assert (address_key(one) == address_key(other)) is same


@pytest.mark.parametrize(
    "password",
    ["", "x" * 14, "x" * 20, "abcabcabcabcabcabc", "passwordpassword", "malha-admin-2026", "1234567890123456",
     "ana.souza.ana.souza", "qwertyuiopasdfghjkl", "y" * (LONGEST + 1), "acme-acme-acme-acme"],
)  # fmt: skip
def test_what_others_would_try_first_is_no_password(password: str) -> None:
    with pytest.raises(PasswordUnfit) as refused:
        check(password, "acme", "ana.souza", "ana@example.com")
    assert not password or password not in refused.value.detail


@pytest.mark.parametrize(
    "password",
    [
        "seven herons over the estuary",
        "всё ещё тот же старый мост",
        "!!! ??? ;;; ,,, ''' %%%$",
        "ﾊﾟｽﾜｰﾄﾞ長い秘密の言葉です本当に長い",
    ],
)
def test_any_kind_of_characters_makes_a_password(password: str) -> None:
    check(password, "acme", "ana")


def test_one_time_passwords_differ_and_are_long() -> None:
    made = {one_time_password() for _ in range(100)}
    assert len(made) == 100
    assert {len(password) for password in made} == {27}


@given(st.integers(10**9, 4 * 10**9), st.integers(-3, 3))
def test_a_code_is_good_for_its_step_and_one_to_either_side(seconds: int, drift: int) -> None:
    totp = Totp("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", confirmed=True, last_step=-1)
    now = datetime.fromtimestamp(seconds, UTC)
    code = pyotp.TOTP(totp.secret).at(seconds + 30 * drift)
    step = totp.step_of(code, now)
    if abs(drift) <= 1:
        assert step is not None
        used = Totp(totp.secret, confirmed=True, last_step=step)
        again = used.step_of(code, now)
        assert again is None or again > step  # only if a later step happens to have the same code
    elif step is not None:
        assert pyotp.HOTP(totp.secret).at(step) == code


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "12 456", "\x00" * 6])
def test_what_is_no_code_is_none(code: str) -> None:
    assert Totp.make().step_of(code, NOW) is None


def test_recovery_codes_are_recognised_however_they_are_typed() -> None:
    codes = make_recovery_codes()
    assert len(set(codes)) == 10
    for code in codes:
        assert recovery_digest(code) == recovery_digest(code.upper().replace("-", " ")) is not None
    assert recovery_digest("123456") is None


@given(st.text(max_size=80))
def test_no_text_but_the_secret_opens_a_key(text: str) -> None:
    key = NewKey.make()
    assert opens(key.text, key.prefix, key.digest)
    assert opens(key.secret, key.prefix, key.digest)
    assert not opens(text, key.prefix, key.digest)
    assert not opens(key.text, NewKey.make().prefix, key.digest)
    assert not opens(NewKey.make().text, key.prefix, key.digest)
    assert key.secret not in repr(key)


@given(
    st.none() | _moments,
    st.none() | _moments,
    st.booleans(),
    st.booleans(),
    st.sampled_from(["10.1.1.1", "192.0.2.1", ""]),
)
def test_every_condition_has_to_be_met(
    begin: datetime | None, end: datetime | None, second_factor: bool, mfa: bool, address: str
) -> None:
    networks = (ip_network("10.0.0.0/8"),)
    held = Conditions(begin, end, networks, second_factor).met(NOW, address, mfa=mfa)
    alone = [
        Conditions(not_before=begin).met(NOW, address, mfa=mfa),
        Conditions(not_after=end).met(NOW, address, mfa=mfa),
        Conditions(networks=networks).met(NOW, address, mfa=mfa),
        Conditions(second_factor=second_factor).met(NOW, address, mfa=mfa),
    ]
    assert held == all(alone)


@pytest.mark.parametrize(
    ("text", "tenant", "username"),
    [
        ("ana", "default", "ana"),
        (" Acme/Ana ", "acme", "ana"),
        ("a/b/c", "a", "b/c"),
        ("/", "", ""),
        ("", "default", ""),
    ],
)
def test_a_login_names_tenant_and_user(text: str, tenant: str, username: str) -> None:
    assert Login.parse(text) == Login(tenant, username)
    assert Login.parse(text).possible == (username == "ana")


@pytest.mark.parametrize("text", ["", "users", "users/", "users/1", "groups/" + "0" * 32, "users/" + "0" * 32])
def test_only_whole_names_are_names_of_subjects(text: str) -> None:
    with pytest.raises(ValueError):
        SubjectName.parse(text)
    name = SubjectName(SubjectKind.USER, UUID(int=7))
    assert SubjectName.parse(str(name)) == name


def test_built_in_roles_follow_the_permissions_that_there_are() -> None:
    everyday = {"analysis.reports.read", "analysis.sources.analyze", "identity.keys.create"}
    tenant = {"identity.users.create", "analysis.reports.readAll"}
    platform = {"identity.tenants.delete", "mesh.deployments.create"}
    roles = built_in_roles(frozenset(everyday | tenant | platform))
    assert roles[PLATFORM_ADMIN].permissions == everyday | tenant | platform
    assert roles[ADMIN].permissions == everyday | tenant
    assert roles[MEMBER].permissions == everyday
    assert roles[VIEWER].permissions == {"analysis.reports.read"}


@given(st.frozensets(st.sampled_from("abcdef")), st.frozensets(st.sampled_from("abcdef")))
def test_nobody_gives_what_they_lack(held: frozenset[str], wanted: frozenset[str]) -> None:
    actor = Actor("t", "users/x", held)
    if wanted <= held:
        actor.reach(wanted)
    else:
        with pytest.raises(Escalation) as refused:
            actor.reach(wanted)
        assert refused.value.permission in wanted - held
