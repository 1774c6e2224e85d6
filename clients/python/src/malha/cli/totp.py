"""`malha totp`: a second factor, codes of an authenticator (RFC 6238)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from malha.cli.connection import CallFailed, connected, connection_options
from malha.cli.questions import answer, proved, wants_code

if TYPE_CHECKING:
    from malha.identity.v1 import account_service_pb2 as pb

_ATTEMPTS = 3


@click.group()
def totp() -> None:
    """Look after your second factor: codes of an authenticator."""


@totp.command()
@connection_options
def enrol(**place: Any) -> None:
    """Set up an authenticator, and print ten recovery codes for the day it is lost."""
    password = answer("Password", hidden=True)
    _show(_begun(place, password))
    codes = _confirmed(place)
    click.echo("from now on a login asks for a code", err=True)
    _print(codes)


@totp.command()
@click.confirmation_option(prompt="Do without a second factor, and end all of your logins?")
@connection_options
def disable(**place: Any) -> None:
    """Take authenticator and recovery codes away, which ends all of your logins."""
    password = answer("Password", hidden=True)
    proved(place, lambda client, code: client.identity.disable_totp(password, code))
    click.echo("a password is enough now; log in again with `malha login`", err=True)


@totp.command()
@connection_options
def codes(**place: Any) -> None:
    """Print ten new recovery codes; those that are left end."""
    password = answer("Password", hidden=True)
    _print(proved(place, lambda client, code: client.identity.regenerate_recovery_codes(password, code)))


def _begun(place: dict[str, Any], password: str) -> pb.EnrollTotpResponse:
    from malha.errors import PermissionDenied

    with connected(**place) as client:
        try:
            return client.identity.enroll_totp(password)
        except PermissionDenied as error:
            if wants_code(error):
                text = "there is an authenticator already: `malha totp disable` takes it away"
                raise CallFailed(text) from None
            raise


def _show(made: pb.EnrollTotpResponse) -> None:
    """Tells what an authenticator has to know. It is no result: who redirects standard output still sees it."""
    from malha.cli.render.qr import code_for

    click.echo("Scan this with an authenticator, or type the secret into it:\n", err=True)
    click.echo(code_for(made.uri, sys.stderr) or f"    {made.uri}", err=True)
    groups = " ".join(made.secret[start : start + 4] for start in range(0, len(made.secret), 4))
    click.echo(f"\n    {groups}\n", err=True)


def _confirmed(place: dict[str, Any]) -> Sequence[str]:
    """The recovery codes, once the authenticator has shown a code that is right."""
    from malha.errors import MalhaError

    for left in reversed(range(_ATTEMPTS)):
        code = answer("A code that the authenticator shows", hidden=False).replace(" ", "")
        if not (code.isascii() and code.isdigit() and len(code) == 6):
            click.echo("a code has six digits", err=True)
            continue
        with connected(**place) as client:
            try:
                return client.identity.confirm_totp(code)
            except MalhaError as error:
                if error.reason != "CREDENTIALS_WRONG" or not left:
                    raise
        click.echo("that was not the right code: is the clock of the authenticator right?", err=True)
    raise CallFailed("there is no second factor yet: `malha totp enrol` begins anew")


def _print(codes: Sequence[str]) -> None:
    click.echo("keep these where the authenticator is not; each serves once in the place of a code:", err=True)
    click.echo("\n".join(codes))
