"""What the directory answers to the token endpoint, and what it needs for that beside stores."""

from __future__ import annotations

from typing import Protocol

from services.identity.directory.domain.subjects import Grant, Session, Subject, SubjectName
from services.identity.directory.ports.units import Unit


class Authenticates(Protocol):
    """Finds out who somebody is by a password; see `usecases.authenticate`."""

    async def __call__(self, username: str, password: str, code: str, address: str) -> Subject:
        """The user who signs in as `username` (`ana`, or `acme/ana` outside of the default tenant) from `address`.

        `code` is a code of the authenticator or a recovery code, empty if none was given.

        Raises:
            CredentialsInvalid: something of it is wrong.
            SecondFactorRequired: everything is right, and a code has to come with it.
            LockedOut: too many attempts failed, on this account or from this address.
            Overloaded: more passwords wait to be checked than can.
        """
        ...


class AuthenticatesClient(Protocol):
    """Finds out who somebody is by an API key; see `usecases.authenticate_client`."""

    async def __call__(self, client_id: str, client_secret: str, address: str) -> Subject:
        """The owner of the API key whose prefix is `client_id`. `client_secret` is its secret, or the whole key.

        Raises:
            CredentialsInvalid: something of it is wrong, or the key is revoked or has expired.
            LockedOut: too many attempts failed, on this key or from this address.
        """
        ...


class Resumes(Protocol):
    """Looks again at somebody who proved to be somebody before; see `usecases.resume`."""

    async def __call__(self, session: Session) -> Subject:
        """The subject as it is now, with the methods, scopes and moment of its session.

        Raises:
            CredentialsInvalid: it is gone or disabled, or its epoch is another one: its password was changed, say.
        """
        ...

    async def within(self, unit: Unit, session: Session) -> Subject:
        """The same in a unit of the session's tenant."""
        ...


class FindsPermissions(Protocol):
    """Says what a subject may do; see `usecases.permissions_of`."""

    async def __call__(self, subject: Subject, address: str, *, mfa: bool) -> Grant:
        """What its roles give it now, where their conditions are met, cut down to the subject's scopes."""
        ...

    async def within(self, unit: Unit, subject: Subject, address: str, *, mfa: bool) -> Grant:
        """The same in a unit of the subject's tenant."""
        ...


class Describes(Protocol):
    """Knows what people call somebody; see `usecases.describe`."""

    async def __call__(self, tenant: str, subject: SubjectName) -> str:
        """The display name; empty if there is no such subject (any more)."""
        ...


class Passwords(Protocol):
    """Hashes passwords; slow on purpose, so never inside of a transaction."""

    async def hash(self, password: str) -> str:
        """The hash to keep. Raises Overloaded when too many wait."""
        ...

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether `kept` is a hash of the password; takes as long for None. Raises Overloaded when too many wait."""
        ...

    def outdated(self, kept: str) -> bool:
        """Whether a hash should be made anew."""
        ...
