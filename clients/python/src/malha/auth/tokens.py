"""Access tokens: held while they last, renewed before they end, asked for once however many calls want one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from malha.errors import MalhaError

_AHEAD_SECONDS = 60.0
# A token that lives for less than five minutes is renewed when a fifth of its life is left.
_AHEAD_SHARE = 0.2
# What a call may need to reach its server: a token with less than this is as good as expired.
_ON_THE_WAY_SECONDS = 2.0
# Whoever issues tokens is left alone for a while after a failure, as long as the old one lasts.
_AGAIN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Token:
    """An access token."""

    value: str = field(repr=False)
    expires_at: float = float("inf")
    """The second since 1970 at which it ends; infinite when nobody said."""
    life: float = float("inf")
    """The seconds it was issued for."""

    def lasts(self, now: float) -> bool:
        """Whether a call made now can use it."""
        return now < self.expires_at - min(_ON_THE_WAY_SECONDS, self.life * _AHEAD_SHARE)

    def due(self, now: float) -> bool:
        """Whether it is time to ask for the next one."""
        return now >= self.expires_at - min(_AHEAD_SECONDS, self.life * _AHEAD_SHARE)


class TokenSource(Protocol):
    """Where tokens come from."""

    def fetch(self, refused: str = "") -> Token:
        """A token that lasts, and is another one than `refused`, which a server would not take.

        Raises:
            NoOtherToken: there is only the refused one.
            malha.MalhaError: whoever issues tokens does not answer, or does not give one.
        """


class NoOtherToken(Exception):
    """The source has one token, and that was refused."""


class FixedToken:
    """A token that was given from outside and cannot be renewed here."""

    def __init__(self, value: str) -> None:
        self._token = Token(value)

    def fetch(self, refused: str = "") -> Token:
        """The token, whether it lasts or not: only a server can tell."""
        if refused == self._token.value:
            raise NoOtherToken
        return self._token


class Tokens:
    """The token of one client, for all its threads. `clock` tells the seconds since 1970."""

    def __init__(self, source: TokenSource, clock: Callable[[], float] = time.time) -> None:
        self._source = source
        self._clock = clock
        self._token: Token | None = None
        self._not_before = 0.0
        self._renewing = threading.Lock()

    def held(self) -> str | None:
        """The token, when nobody need be asked for another one yet: never waits."""
        token, now = self._token, self._clock()
        if token is None or not token.lasts(now):
            return None
        return token.value if not token.due(now) or now < self._not_before else None

    def get(self) -> str:
        """A token that lasts. One caller asks for the next; meanwhile the others use the old, or wait if it is over.

        Raises:
            malha.MalhaError: there is none, and none can be had.
        """
        if (value := self.held()) is not None:
            return value
        lasting = self._lasting()
        if not self._renewing.acquire(blocking=lasting is None) and lasting is not None:
            return lasting.value
        try:
            return self.held() or self._renew(lasting)
        finally:
            self._renewing.release()

    def other(self, refused: str) -> str | None:
        """Another token than the one that a server refused; None when there is no other.

        Raises:
            malha.MalhaError: whoever issues tokens does not answer, or does not give one.
        """
        with self._renewing:
            token = self._token
            if token is not None and token.value != refused and token.lasts(self._clock()):
                return token.value
            try:
                self._token = self._source.fetch(refused)
            except NoOtherToken:
                return None
            return self._token.value

    def _lasting(self) -> Token | None:
        token = self._token
        return token if token is not None and token.lasts(self._clock()) else None

    def _renew(self, lasting: Token | None) -> str:
        try:
            self._token = self._source.fetch()
        except MalhaError:
            if lasting is None:
                raise
            self._not_before = self._clock() + _AGAIN_SECONDS
            return lasting.value
        return self._token.value
