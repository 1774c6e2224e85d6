"""What people do with their own accounts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from services.identity.directory.domain.actors import Actor
from services.identity.directory.domain.errors import (
    AuthenticationFailed,
    CredentialsInvalid,
    FactorStateInvalid,
    NotFound,
    PasswordUnfit,
)
from services.identity.directory.domain.passwords import check, normalised
from services.identity.directory.domain.second_factor import Totp, make_recovery_codes, recovery_digest
from services.identity.directory.domain.subjects import SubjectKind
from services.identity.directory.domain.users import Login, User
from services.identity.directory.ports import Authenticates, Credentials, Unit, Units
from services.identity.directory.usecases.take_back import take_back_all
from services.runtime.clock import Clock


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether a user showed password and code once more. It is asked for within the change, since a repeated request,
    whose password has been changed or whose code has been used, is to be answered as it was before."""

    user: UUID
    failure: AuthenticationFailed | None

    def required(self) -> UUID:
        """The user who is proved; raises why not."""
        if self.failure is not None:
            raise self.failure
        return self.user


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """The changes of one's own account, each within a unit that somebody else commits."""

    units: Units
    authenticate: Authenticates
    clock: Clock

    async def prove(self, actor: Actor, password: str, code: str, address: str) -> Proof:
        """Looks at password and code, in a transaction of its own; failures count like those of a sign-in."""
        name = actor.name
        if name is None or name.kind is not SubjectKind.USER:
            raise CredentialsInvalid
        async with self.units.unit(actor.tenant) as unit:
            user = await unit.users.get(name.id)
        if user is None:
            raise NotFound("User", str(name))
        try:
            await self.authenticate(f"{actor.tenant}/{user.username}", password, code, address)
        except AuthenticationFailed as error:
            return Proof(user.id, error)
        return Proof(user.id, None)

    async def check_new_password(self, actor: Actor, current: str, new: str) -> None:
        """Returns if the password may be chosen; raises PasswordUnfit."""
        if normalised(current) == normalised(new):
            raise PasswordUnfit("the new password is the old one")
        name = actor.name
        async with self.units.unit(actor.tenant) as unit:
            user = await unit.users.get(name.id) if name is not None else None
        names = (user.username, user.display_name, user.email) if user is not None else ()
        check(new, actor.tenant, *names)

    async def change_password(self, unit: Unit, proof: Proof, password_hash: str, session: str) -> None:
        """Sets the password and ends all sessions but the one that changes it; raises what the proof lacks."""
        await unit.issued.changing()
        user = await self._user(unit, proof.required())
        changed = replace(user, must_change_password=False, epoch=user.epoch + 1, update_time=self.clock.now())
        await unit.users.set_password(Credentials(changed, password_hash, None), None)
        kept = await unit.issued.keep_session(session, str(user.name), user.epoch, changed.epoch)
        await take_back_all(unit, user.name, now=self.clock.now(), kept=session if kept else "")

    async def enroll_totp(self, unit: Unit, proof: Proof) -> tuple[Totp, User]:
        """An authenticator that does not count yet; raises what the proof lacks, FactorStateInvalid."""
        user = await self._user(unit, proof.required())
        if user.second_factor:
            raise FactorStateInvalid("there is an authenticator already; take it away before setting up another")
        totp = Totp.make()
        await unit.factors.put(user.id, totp)
        return totp, user

    async def confirm_totp(self, unit: Unit, actor: Actor, code: str) -> tuple[str, ...]:
        """Makes it count; the recovery codes. Raises CredentialsInvalid, FactorStateInvalid."""
        name = actor.name
        totp = await unit.factors.totp(name.id) if name is not None else None
        if name is None or totp is None or totp.confirmed:
            raise FactorStateInvalid("no authenticator is being set up")
        step = totp.step_of(code, self.clock.now())
        if step is None:
            raise CredentialsInvalid
        await unit.factors.put(name.id, replace(totp, confirmed=True, last_step=step))
        return await _new_codes(unit, name.id)

    async def disable_totp(self, unit: Unit, proof: Proof) -> None:
        """Takes authenticator and recovery codes away and ends all sessions: they say that a second factor was shown.
        Raises what the proof lacks, FactorStateInvalid."""
        await unit.issued.changing()
        user = await self._with_factor(unit, proof)
        await unit.factors.remove(user.id)
        await unit.users.save(replace(user, epoch=user.epoch + 1, update_time=self.clock.now()))
        await take_back_all(unit, user.name, now=self.clock.now())

    async def regenerate_codes(self, unit: Unit, proof: Proof) -> tuple[str, ...]:
        """New recovery codes in the place of the old ones; raises what the proof lacks, FactorStateInvalid."""
        user = await self._with_factor(unit, proof)
        return await _new_codes(unit, user.id)

    async def _with_factor(self, unit: Unit, proof: Proof) -> User:
        user = await self._user(unit, proof.required())
        if not user.second_factor:
            raise FactorStateInvalid("there is no second factor")
        return user

    async def _user(self, unit: Unit, user: UUID) -> User:
        found = await unit.users.get(user)
        if found is None:
            raise NotFound("User", f"users/{user}")
        return found


def login_of(user: User) -> str:
    """What the user types to sign in."""
    return str(Login(user.tenant, user.username))


async def _new_codes(unit: Unit, user: UUID) -> tuple[str, ...]:
    codes = make_recovery_codes()
    await unit.factors.put_codes(user, [digest for code in codes if (digest := recovery_digest(code)) is not None])
    return codes
