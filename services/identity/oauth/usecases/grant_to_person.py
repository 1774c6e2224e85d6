"""The grant `password`: a session for a person, with a second factor where the person has one."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.identity.directory.domain.errors import CredentialsInvalid, LockedOut, SecondFactorRequired
from services.identity.directory.domain.subjects import Subject
from services.identity.directory.ports import Authenticates
from services.identity.oauth.domain.clients import Client
from services.identity.oauth.domain.errors import InvalidGrant, SecondFactorMissing, TooManyAttempts, UnauthorizedClient
from services.identity.oauth.domain.grants import GrantType
from services.identity.oauth.domain.scopes import Scope
from services.identity.oauth.ports import Units
from services.identity.oauth.usecases.begin_session import BeginSession
from services.identity.oauth.usecases.mint import Asked, TokenAnswer

_WRONG = "the username, the password or the code is wrong"


@dataclass(frozen=True, slots=True)
class PersonCredentials:
    """What somebody showed to prove to be somebody; `code` is empty if there was none."""

    username: str
    password: str = field(repr=False)
    code: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class RecognisePerson:
    """Asks the directory who somebody is, and says what it hears in OAuth2's words."""

    authenticate: Authenticates

    async def __call__(self, shown: PersonCredentials, address: str) -> Subject:
        """The user.

        Raises:
            InvalidGrant: something is wrong; SecondFactorMissing when it is only the code.
            TooManyAttempts: too many attempts failed.
        """
        try:
            return await self.authenticate(shown.username, shown.password, shown.code, address)
        except SecondFactorRequired:
            raise SecondFactorMissing from None
        except CredentialsInvalid:
            raise InvalidGrant(_WRONG) from None
        except LockedOut as error:
            raise TooManyAttempts(error.retry_after) from None


@dataclass(frozen=True, slots=True)
class GrantToPerson:
    """Begins a session for a password."""

    recognise: RecognisePerson
    begin: BeginSession
    units: Units

    async def __call__(self, client: Client, shown: PersonCredentials, scope: Scope, address: str) -> TokenAnswer:
        """The first tokens of the session.

        Raises:
            UnauthorizedClient: the client is an API key: it has a subject of its own.
            InvalidGrant, TooManyAttempts: see RecognisePerson.
            InvalidScope: nothing of the scope can be granted.
        """
        if not client.public:
            raise UnauthorizedClient("passwords are taken from public clients alone")
        subject = await self.recognise(shown, address)
        asked = Asked(GrantType.PASSWORD, client.id, address)
        async with self.units.unit(subject.tenant) as unit:
            try:
                answer = await self.begin(unit, subject.session, scope, asked)
            except CredentialsInvalid:
                raise InvalidGrant(_WRONG) from None
            await unit.commit()
        return answer
