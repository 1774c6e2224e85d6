"""`malha password`: another password for the one who is logged in."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from malha.cli.connection import CallFailed, connection_options
from malha.cli.questions import answer, proved

if TYPE_CHECKING:
    from malha.client import Client


@click.command()
@connection_options
def password(**place: Any) -> None:
    """Change your password, which ends your other logins."""
    from malha.auth.found import logins
    from malha.auth.logins import LoginUnreadable

    current = answer("Current password", hidden=True)
    new = answer("New password, of 15 characters or more", hidden=True)
    if answer("The new one once more", hidden=True) != new:
        raise CallFailed("the two are not the same: nothing was changed")
    address = proved(place, lambda client, code: _changed(client, current, new, code))
    with suppress(LoginUnreadable):  # a token from elsewhere did it
        logins().outdate(address)
    click.echo("changed; your other logins are over", err=True)


def _changed(client: Client, current: str, new: str, code: str) -> str:
    """The address of the mesh. A token from before permits what it did then: nothing, with a one-time password."""
    client.identity.change_password(current, new, code=code)
    return client.endpoint.address
