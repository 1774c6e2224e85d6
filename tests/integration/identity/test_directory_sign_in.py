"""Who gets in, and who does not: passwords, codes, keys and locks on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest

from services.identity.directory.adapters.hashing import Argon2Passwords
from services.identity.directory.adapters.postgres.attempts import PostgresAttempts
from services.identity.directory.domain.errors import CredentialsInvalid, LockedOut, SecondFactorRequired
from services.identity.directory.domain.lockouts import account_key
from services.identity.directory.domain.second_factor import Totp, make_recovery_codes, recovery_digest
from services.identity.directory.domain.subjects import Method
from services.identity.directory.domain.tenants import Tier
from services.identity.directory.domain.users import Login, User
from services.identity.directory.ports import Credentials
from services.identity.directory.usecases.authenticate import Authenticate
from tests.integration.identity.directory import PASSWORD, Directory

WRONG = "not the password of anybody"


async def test_a_right_password_gets_in_and_the_answer_says_who(directory: Directory) -> None:
    user = await directory.add_user("ana")
    subject = await directory.sign_in("ana")
    assert (subject.name, subject.tenant, subject.tier) == (user.name, directory.tenant, Tier.PRO)
    assert (subject.methods, subject.mfa, subject.must_change_password) == ({Method.PASSWORD}, False, False)
    assert subject.authenticated == directory.clock.now()
    upper = await directory.authenticate(f" {directory.tenant}/ANA".upper(), PASSWORD, "", directory.address)
    assert upper == subject


@pytest.mark.parametrize("username", ["nobody", "", "/", "a\0b", "ANA/../..", "x" * 500, "\udcff", "ana/ana/ana"])
async def test_who_does_not_exist_is_refused_like_a_wrong_password(directory: Directory, username: str) -> None:
    with pytest.raises(CredentialsInvalid):
        await directory.sign_in(username)
    with pytest.raises(CredentialsInvalid):
        await directory.authenticate(username, PASSWORD, "", directory.address)


async def test_a_user_of_another_tenant_is_not_found_in_this_one(directory: Directory) -> None:
    other = await directory.add_tenant(f"{directory.tenant}x")
    await directory.add_user("rui", other.id)
    with pytest.raises(CredentialsInvalid):
        await directory.sign_in("rui")
    assert (await directory.authenticate(f"{other.id}/rui", PASSWORD, "", directory.address)).tenant == other.id


async def test_the_disabled_are_refused_and_so_is_everyone_of_a_disabled_tenant(directory: Directory) -> None:
    user = await directory.add_user("ana")
    await _save(directory, replace(user, disabled=True))
    with pytest.raises(CredentialsInvalid):
        await directory.sign_in("ana")
    await _save(directory, user)
    async with directory.units.unit(directory.tenant) as unit:
        tenant = await unit.tenants.get(directory.tenant)
        assert tenant is not None
        await unit.tenants.save(replace(tenant, disabled=True))
        await unit.commit()
    with pytest.raises(CredentialsInvalid):
        await directory.sign_in("ana")


async def test_a_one_time_password_ends(directory: Directory) -> None:
    user = await directory.add_user("ana", must_change=True)
    ends = directory.clock.now() + timedelta(days=1)
    async with directory.units.unit(directory.tenant) as unit:
        await unit.users.set_password(Credentials(user, await directory.passwords.hash(PASSWORD), ends), None)
        await unit.commit()
    assert (await directory.sign_in("ana")).must_change_password
    directory.clock.advance(timedelta(days=1))
    with pytest.raises(CredentialsInvalid):
        await directory.sign_in("ana")


async def test_failures_lock_an_account_for_twice_as_long_each_time(directory: Directory) -> None:
    await directory.add_user("ana")
    for _ in range(5):
        with pytest.raises(CredentialsInvalid):
            await directory.sign_in("ana", WRONG)
    for seconds in (1, 2, 4, 8):
        with pytest.raises(CredentialsInvalid):
            await directory.sign_in("ana", WRONG)
        with pytest.raises(LockedOut) as locked:
            await directory.sign_in("ana")
        assert locked.value.retry_after == timedelta(seconds=seconds)
        directory.clock.advance(seconds)
    assert await directory.sign_in("ana")
    with pytest.raises(CredentialsInvalid):  # forgotten: there are five again
        await directory.sign_in("ana", WRONG)
    assert await directory.sign_in("ana")


async def test_an_account_that_does_not_exist_is_locked_just_the_same(directory: Directory) -> None:
    outcomes = []
    for _ in range(7):
        with pytest.raises((CredentialsInvalid, LockedOut)) as refused:
            await directory.sign_in("nobody", WRONG)
        outcomes.append(refused.type)
    assert outcomes == [CredentialsInvalid] * 6 + [LockedOut]


async def test_an_address_is_locked_whomever_it_tries_and_stays_so_when_one_account_gets_in(
    directory: Directory,
) -> None:
    await directory.add_user("ana")
    for number in range(20):
        with pytest.raises(CredentialsInvalid):
            await directory.sign_in(f"nobody{number}", WRONG)
    assert await directory.sign_in("ana")
    with pytest.raises(CredentialsInvalid):
        await directory.sign_in("nobody20", WRONG)
    with pytest.raises(LockedOut):
        await directory.sign_in("ana")
    assert await directory.sign_in("ana", address="198.51.100.7")


async def test_a_lock_outlives_the_process(directory: Directory) -> None:
    await directory.add_user("ana")
    for _ in range(6):
        with pytest.raises(CredentialsInvalid):
            await directory.sign_in("ana", WRONG)
    another = Directory(directory.engine, directory.vault, directory.clock, directory.passwords, directory.tenant)
    with pytest.raises(LockedOut):
        await another.sign_in("ana")


async def test_many_guesses_at_once_are_worth_no_more_than_a_few(directory: Directory) -> None:
    await directory.add_user("ana")
    guesses = [directory.sign_in("ana", f"{WRONG} {n}", address=f"198.51.100.{n}") for n in range(16)]
    await asyncio.gather(*guesses, return_exceptions=True)
    async with directory.engine.connect() as connection:
        key = account_key(Login(directory.tenant, "ana"))
        found = await PostgresAttempts(connection).look([key])
    assert found[key].failures == 6  # five that are free, and the one that locks


async def test_a_hash_of_other_parameters_is_made_anew_at_the_next_sign_in(directory: Directory) -> None:
    await directory.add_user("ana")
    dearer = Argon2Passwords(1, memory_kib=16, passes=1)
    again = Authenticate(directory.units, dearer, directory.clock, directory.refusals)
    await again(f"{directory.tenant}/ana", PASSWORD, "", directory.address)
    async with directory.units.unit(directory.tenant) as unit:
        kept = await unit.users.credentials("ana")
    await dearer.close()
    assert kept is not None
    assert "m=16," in kept.password_hash
    assert await directory.sign_in("ana")


async def test_a_code_is_asked_for_and_counts_once(directory: Directory) -> None:
    user = await directory.add_user("ana")
    totp = await _with_second_factor(directory, user)
    generator = pyotp.TOTP(totp.secret)
    with pytest.raises(SecondFactorRequired):
        await directory.sign_in("ana")
    code = generator.at(directory.clock.now())
    subject = await directory.sign_in("ana", code=code)
    assert subject.mfa
    assert subject.methods == {Method.PASSWORD, Method.ONE_TIME_CODE}
    with pytest.raises(CredentialsInvalid):
        await directory.sign_in("ana", code=code)
    directory.clock.advance(30)
    with pytest.raises(CredentialsInvalid):  # of the step whose code was used
        await directory.sign_in("ana", code=code)
    assert await directory.sign_in("ana", code=generator.at(directory.clock.now()))


async def test_the_same_code_at_once_gets_in_once(directory: Directory) -> None:
    totp = await _with_second_factor(directory, await directory.add_user("ana"))
    code = pyotp.TOTP(totp.secret).at(directory.clock.now())
    outcomes = await asyncio.gather(*(directory.sign_in("ana", code=code) for _ in range(4)), return_exceptions=True)
    assert sum(not isinstance(outcome, BaseException) for outcome in outcomes) == 1


async def test_wrong_codes_lock_the_account_and_tell_nothing_without_the_password(directory: Directory) -> None:
    await _with_second_factor(directory, await directory.add_user("ana"))
    with pytest.raises(CredentialsInvalid):
        await directory.sign_in("ana", WRONG)
    for _ in range(5):
        with pytest.raises(CredentialsInvalid):
            await directory.sign_in("ana", code="abcdef")
    with pytest.raises(LockedOut):
        await directory.sign_in("ana")


async def test_a_recovery_code_gets_in_once(directory: Directory) -> None:
    user = await directory.add_user("ana")
    await _with_second_factor(directory, user)
    codes = make_recovery_codes()
    digests = [digest for code in codes if (digest := recovery_digest(code))]
    async with directory.units.unit(directory.tenant) as unit:
        await unit.factors.put_codes(user.id, digests)
        await unit.commit()
    assert (await directory.sign_in("ana", code=codes[0].upper().replace("-", " "))).mfa
    with pytest.raises(CredentialsInvalid):
        await directory.sign_in("ana", code=codes[0])
    assert await directory.sign_in("ana", code=codes[1])
    async with directory.units.unit(directory.tenant) as unit:
        assert await unit.factors.codes_left(user.id) == 8


async def _save(directory: Directory, user: User) -> None:
    async with directory.units.unit(directory.tenant) as unit:
        await unit.users.save(user)
        await unit.commit()


async def _with_second_factor(directory: Directory, user: User) -> Totp:
    totp = replace(Totp.make(), confirmed=True)
    async with directory.units.unit(directory.tenant) as unit:
        await unit.factors.put(user.id, totp)
        await unit.commit()
    return totp
