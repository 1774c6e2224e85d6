"""What the directory gives to the token endpoint: who somebody is, and what that one may do."""

from __future__ import annotations

from typing import Protocol

from services.identity.directory.domain.subjects import Grant, Session, Subject


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


class FindsPermissions(Protocol):
    """Says what a subject may do; see `usecases.permissions_of`."""

    async def __call__(self, subject: Subject, address: str, *, mfa: bool) -> Grant:
        """What its roles give it now, where their conditions are met, cut down to the subject's scopes."""
        ...
