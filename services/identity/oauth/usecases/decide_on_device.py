"""Decide on a device: on the page, where somebody first proves to be somebody, or with a token."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from services.identity.directory.domain.errors import CredentialsInvalid
from services.identity.directory.domain.subjects import Session, Subject
from services.identity.directory.ports import FindsPermissions, Resumes
from services.identity.oauth.domain import devices, trail
from services.identity.oauth.domain.devices import DeviceLogin, DeviceState
from services.identity.oauth.domain.errors import DeviceNotFound, InvalidGrant
from services.identity.oauth.domain.scopes import Scope, both, cut, text_of
from services.identity.oauth.domain.sessions import digest_of
from services.identity.oauth.ports import DeviceStore, SessionStore, Units
from services.identity.oauth.usecases.grant_to_person import PersonCredentials, RecognisePerson
from services.runtime.auth.sessions import session_of
from services.runtime.clock import Clock

_NO_SESSION = "this token belongs to no login that goes on"


@dataclass(frozen=True, slots=True)
class Question:
    """What a person decides on: whether `client` gets `scope` of what `name` may do. The `ticket` is good once."""

    ticket: str = field(repr=False)
    client: str
    scope: str
    name: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided: the client, and the scope that it got; an empty one when it was turned away."""

    client: str
    scope: str


@dataclass(frozen=True, slots=True)
class AskPerson:
    """The first half of the page: somebody gives a code and proves to be somebody."""

    recognise: RecognisePerson
    permissions_of: FindsPermissions
    store: DeviceStore
    units: Units
    clock: Clock

    async def __call__(self, user_code: str, shown: PersonCredentials, address: str) -> Question:
        """What there is to decide on.

        Raises:
            InvalidGrant, TooManyAttempts: see RecognisePerson. First, so that nobody unknown can try codes.
            DeviceNotFound: nobody waits with this code.
            InvalidScope: nothing of what the device wants can be granted.
        """
        person = await self.recognise(shown, address)
        login = await _waiting(self.store, user_code, self.clock)
        grant = await self.permissions_of(person, address, mfa=person.mfa)
        scope = both(person.scopes, login.scope)
        cut(grant.permissions, scope)
        ticket = devices.new_secret()
        asked = replace(login, person=person.session, ticket=digest_of(ticket))
        async with self.units.unit(person.tenant) as unit:
            if not await unit.decide(asked, ticket=None):
                raise DeviceNotFound
            await unit.record(trail.verified(login, person.tenant, person.name))
            await unit.commit()
        return Question(ticket, login.client, text_of(grant.permissions, scope), person.display_name)


@dataclass(frozen=True, slots=True)
class DecideWithTicket:
    """The second half of the page: the one who proved to be somebody says yes or no."""

    store: DeviceStore
    units: Units
    clock: Clock

    async def __call__(self, ticket: str, *, approve: bool) -> Decision:
        """What was decided; raises DeviceNotFound when there is nothing (left) to decide on with this ticket."""
        digest = digest_of(ticket)
        login = await self.store.by_ticket(digest)
        if login is None or login.person is None or not login.waits(self.clock.now()):
            raise DeviceNotFound
        return await _decide(self.units, login, login.person, login.scope, approve=approve, ticket=digest)


@dataclass(frozen=True, slots=True)
class Approver:
    """Somebody who decides with a token: what the token says of its subject and its session, and what it permits."""

    tenant: str
    token_id: str
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True)
class DecideWithToken:
    """Somebody who is logged in elsewhere lets a device in, as far as that login reaches."""

    devices: DeviceStore
    sessions: SessionStore
    units: Units
    resume: Resumes
    permissions_of: FindsPermissions
    clock: Clock

    async def __call__(self, approver: Approver, user_code: str, address: str, *, approve: bool) -> Decision:
        """What was decided.

        Raises:
            DeviceNotFound: nobody waits with this code.
            InvalidGrant: the token is of no session that goes on: of an API key, or of one that has ended.
            InvalidScope: nothing of what the device wants can be granted.
        """
        session = await self.sessions.get(approver.tenant, session_of(approver.token_id))
        if session is None or session.revoke_time is not None:
            raise InvalidGrant(_NO_SESSION)
        try:
            person = await self.resume(session.of)
        except CredentialsInvalid:
            raise InvalidGrant(_NO_SESSION) from None
        login = await _waiting(self.devices, user_code, self.clock)
        scope = both(await self._reach(approver, person, address), login.scope)
        if not approve:
            return await _decide(self.units, login, person.session, scope, approve=False, ticket=None)
        cut(approver.permissions, scope)
        decision = await _decide(self.units, login, person.session, scope, approve=True, ticket=None)
        return replace(decision, scope=text_of(approver.permissions, scope))

    async def _reach(self, approver: Approver, person: Subject, address: str) -> Scope:
        """What the approver can pass on: everything, if the token was not cut down below what its subject may."""
        grant = await self.permissions_of(person, address, mfa=person.mfa)
        if cut(grant.permissions, person.scopes) <= approver.permissions:
            return person.scopes
        return approver.permissions


async def _waiting(store: DeviceStore, user_code: str, clock: Clock) -> DeviceLogin:
    code = devices.normalised(user_code)
    login = await store.by_user_code(code) if code else None
    if login is None or not login.waits(clock.now()):
        raise DeviceNotFound
    return login


async def _decide(
    units: Units, login: DeviceLogin, person: Session, scope: Scope, *, approve: bool, ticket: bytes | None
) -> Decision:
    state = DeviceState.APPROVED if approve else DeviceState.DENIED
    decided = replace(login, state=state, person=person, scope=scope, ticket=None)
    async with units.unit(person.tenant) as unit:
        if not await unit.decide(decided, ticket=ticket):
            raise DeviceNotFound
        await unit.record(trail.decided(login, person.tenant, person.name, approved=approve))
        await unit.commit()
    granted = text_of(scope or frozenset(), scope) if approve else ""
    return Decision(login.client, granted)
