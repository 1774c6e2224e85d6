"""`malha password`: another password for the one who is logged in."""

from __future__ import annotations

from typing import Any

import click

from malha.cli.connection import CallFailed, connection_options
from malha.cli.questions import answer, proved


@click.command()
@connection_options
def password(**place: Any) -> None:
    """Change your password, which ends all of your logins."""
    current = answer("Current password", hidden=True)
    new = answer("New password, of 15 characters or more", hidden=True)
    if answer("The new one once more", hidden=True) != new:
        raise CallFailed("the two are not the same: nothing was changed")
    proved(place, lambda client, code: client.identity.change_password(current, new, code=code))
    click.echo("changed; log in again with `malha login`", err=True)
