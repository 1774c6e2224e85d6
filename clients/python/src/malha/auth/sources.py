"""Where access tokens come from: a login that is kept, or credentials of a program."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import grpc

from malha.auth import private_file
from malha.auth.logins import Login, Logins, LoginUnreadable
from malha.auth.oauth import OAuth, refusal
from malha.auth.tokens import Token, TokenSource
from malha.errors import MalhaError, Unauthenticated
from malha.identity.v1.oauth_service_pb2 import TokenResponse

_Clock = Callable[[], float]


class NotLoggedIn(Unauthenticated):
    """A login is over, or cannot be used; the message says what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(grpc.StatusCode.UNAUTHENTICATED, message)


@dataclass(frozen=True, slots=True)
class Credentials:
    """The credentials of a program: an API key in two parts."""

    client_id: str
    client_secret: str = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> Credentials:
        """Those in a file, as `malha up` writes it for the person who starts a development mesh.

        Raises:
            NotLoggedIn: the file cannot be read, or must not be.
        """
        try:
            written = json.loads(private_file.read(path))
            return cls(str(written["client_id"]), str(written["client_secret"]))
        except private_file.FileUnsafe as error:
            raise NotLoggedIn(f"{error}, and start the mesh again for new credentials") from None
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise NotLoggedIn(f"the credentials in {path} cannot be read ({type(error).__name__})") from None


class ProgramTokens:
    """Tokens for a program's credentials, which `read` gives each time: they may have been replaced."""

    def __init__(self, oauth: OAuth, read: Callable[[], Credentials], clock: _Clock = time.time) -> None:
        self._oauth = oauth
        self._read = read
        self._clock = clock

    def fetch(self, refused: str = "") -> Token:
        """A fresh token; see `malha.auth.tokens.TokenSource`."""
        credentials, asked_at = self._read(), self._clock()
        issued = self._oauth.client_credentials(credentials.client_id, credentials.client_secret)
        return _token(issued, asked_at)


class KeptTokens:
    """The tokens of `source`, the last of which is kept in a file that only its owner reads.

    So one token serves every command of some minutes: whoever gives tokens counts how often an address asks.
    """

    def __init__(self, source: TokenSource, file: Path, clock: _Clock = time.time) -> None:
        self._source = source
        self._file = file
        self._clock = clock

    def fetch(self, refused: str = "") -> Token:
        """The kept token while it lasts, else a fresh one; see `malha.auth.tokens.TokenSource`."""
        if (kept := self._kept(refused)) is not None:
            return kept
        try:
            with private_file.locked(self._file.with_suffix(".lock")):
                return self._kept(refused) or self._keep(self._source.fetch(refused))
        except OSError:
            return self._source.fetch(refused)  # the folder takes no file: then each asks for itself

    def _kept(self, refused: str) -> Token | None:
        try:
            token = Token(**json.loads(private_file.read(self._file)))
            good = token.value != refused and not token.due(self._clock())
        except (private_file.FileUnsafe, OSError, ValueError, TypeError):
            return None
        return token if good else None

    def _keep(self, token: Token) -> Token:
        private_file.write(self._file, json.dumps(asdict(token)).encode())
        return token


class LoginTokens:
    """Tokens of the login at `address`, which is changed with each: a refresh token serves once."""

    def __init__(self, oauth: OAuth, logins: Logins, address: str, clock: _Clock = time.time) -> None:
        self._oauth = oauth
        self._logins = logins
        self._address = address
        self._clock = clock

    def fetch(self, refused: str = "") -> Token:
        """The kept token while it lasts, else a fresh one; see `malha.auth.tokens.TokenSource`.

        Raises:
            NotLoggedIn: the login is over, or cannot be read.
        """
        kept = _kept(self._login())
        if self._good(kept, refused):
            return kept
        # Two processes with one refresh token would look like a thief: one of them asks, the other reads the answer.
        with self._logins.alone(self._address):
            login = self._login()
            kept = _kept(login)
            return kept if self._good(kept, refused) else self._refresh(login)

    def _refresh(self, login: Login) -> Token:
        asked_at = self._clock()
        try:
            issued = self._oauth.refresh(login.refresh_token)
        except MalhaError as error:
            if refusal(error) == "invalid_grant":
                self._logins.drop(self._address)
                raise NotLoggedIn(f"the login at {self._address} is over: log in again with `malha login`") from error
            raise
        token = _token(issued, asked_at)
        self._logins.put(self._address, login_of(issued, asked_at, login.refresh_token))
        return token

    def _login(self) -> Login:
        try:
            login = self._logins.get(self._address)
        except LoginUnreadable as error:
            raise NotLoggedIn(str(error)) from None
        if login is None:
            raise NotLoggedIn(f"nobody is logged in at {self._address} any more: log in with `malha login`")
        return login

    def _good(self, token: Token, refused: str) -> bool:
        return bool(token.value) and token.value != refused and not token.due(self._clock())


def login_of(issued: TokenResponse, asked_at: float, refresh_token: str = "") -> Login:
    """What to keep of a login, or of its refreshment, which may leave the refresh token as it was."""
    return Login(
        issued.refresh_token or refresh_token, issued.access_token, asked_at + issued.expires_in, issued.expires_in
    )


def _token(issued: TokenResponse, asked_at: float) -> Token:
    # Counted from the question on: the answer may have been long on its way.
    return Token(issued.access_token, asked_at + issued.expires_in, issued.expires_in)


def _kept(login: Login) -> Token:
    return Token(login.access_token, login.expires_at, login.life)
