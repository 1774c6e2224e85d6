"""`malha password`: another password for the one who is logged in."""

from __future__ import annotations

from typing import Any

import click

from malha.cli.connection import CallFailed, connected, connection_options
from malha.cli.questions import answer


@click.command()
@connection_options
def password(**place: Any) -> None:
    """Change your password, which ends all of your logins."""
    current = answer("Current password", hidden=True)
    new = answer("New password, of 15 characters or more", hidden=True)
    if answer("The new one once more", hidden=True) != new:
        raise CallFailed("the two are not the same: nothing was changed")
    with connected(**place) as client:
        needs_code = client.identity.whoami().mfa  # who has a second factor has shown it at the login
    code = answer("Code of your authenticator, or a recovery code", hidden=False) if needs_code else ""
    with connected(**place) as client:
        client.identity.change_password(current, new, code=code)
    click.echo("changed; log in again with `malha login`", err=True)
