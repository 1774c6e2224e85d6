"""Which token a client uses when nobody, or somebody, says."""

from __future__ import annotations

from pathlib import Path

import grpc

from malha import settings
from malha.auth.logins import Logins
from malha.auth.oauth import OAuth
from malha.auth.sources import Credentials, KeptTokens, LoginTokens, ProgramTokens
from malha.auth.tokens import FixedToken, TokenSource
from malha.settings import Endpoint, SettingsError


def source(endpoint: Endpoint, given: str | TokenSource | None, channel: grpc.Channel) -> TokenSource | None:
    """Where the tokens for calls to `endpoint` come from; None when there is nothing to send.

    The first that there is wins: what is `given`, where an empty text means none at all; `MALHA_TOKEN`; the login that
    is kept for this address; the credentials that a development mesh on this machine wrote for whoever started it.
    Tokens that have to be asked for are asked for over `channel`.

    Raises:
        SettingsError: the token would cross a network in plaintext.
    """
    found = _found(endpoint, given, channel)
    if found is not None and endpoint.plaintext and not settings.is_loopback(endpoint):
        raise SettingsError(
            f"{endpoint.address} is another machine, and a token must not go there in plaintext: leave out --plaintext"
            " (http://), or do without a token"
        )
    return found


def logins() -> Logins:
    """The logins of the person at this machine."""
    return Logins(settings.logins_folder())


def development(file: Path, channel: grpc.Channel) -> TokenSource:
    """The tokens of whoever started a development mesh, which wrote that file."""
    asked = ProgramTokens(OAuth(channel), lambda: Credentials.read(file))
    return KeptTokens(asked, file.with_name("token.json"))


def _found(endpoint: Endpoint, given: str | TokenSource | None, channel: grpc.Channel) -> TokenSource | None:
    if given is None:
        given = settings.token() or None
    if isinstance(given, str):
        return FixedToken(given) if given else None
    if given is not None:
        return given
    if logins().has(endpoint.address):
        return LoginTokens(OAuth(channel), logins(), endpoint.address)
    file = settings.development_credentials(endpoint)
    return development(file, channel) if file is not None else None
