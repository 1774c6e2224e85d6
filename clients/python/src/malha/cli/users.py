"""`malha users`: the people of one's tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from malha.cli.completion import role_names
from malha.cli.connection import connected, connection_options
from malha.cli.listing import LARGEST_PAGE, list_options, show_list, taken
from malha.cli.subjects import role_name, user_name

if TYPE_CHECKING:
    from malha.identity.v1 import user_service_pb2 as pb


@click.group()
def users() -> None:
    """Look after the users of your tenant."""


@users.command("list")
@list_options('username = "ana*"')
@connection_options
def list_(expression: str, limit: int, form: str, **place: Any) -> None:
    """List the users."""
    with connected(**place) as client:
        found = taken(client.identity.list_users(filter=expression, page_size=min(limit, LARGEST_PAGE)), limit)
    show_list("users", found, form, _row)


@users.command()
@click.argument("username")
@click.option("--name", "display_name", default="", help="What people call the user.")
@click.option("--email", default="", help="Where the user gets mail.")
@click.option(
    "--role", "roles", multiple=True, metavar="ROLE", help="A role to give, such as member; repeatable.",
    shell_complete=role_names,
)  # fmt: skip
@connection_options
def create(username: str, display_name: str, email: str, roles: tuple[str, ...], **place: Any) -> None:
    """Make a user, and print the one-time password to begin with."""
    with connected(**place) as client:
        made = client.identity.create_user(username, display_name=display_name, email=email)
        # Told at once: whatever happens to the roles, nobody tells it a second time.
        click.echo(f"{made.user.name}  {username}", err=True)
        click.echo(made.one_time_password)
        for role in roles:
            client.identity.give_role(made.user.name, role_name(role))


@users.command()
@click.argument("user")
@connection_options
def disable(user: str, **place: Any) -> None:
    """Let a USER (username or users/...) in no longer."""
    _switch(user, place, disabled=True)


@users.command()
@click.argument("user")
@connection_options
def enable(user: str, **place: Any) -> None:
    """Let a USER (username or users/...) in again."""
    _switch(user, place, disabled=False)


@users.command()
@click.argument("user")
@click.option("--second-factor", is_flag=True, help="Take the second factor away, too.")
@connection_options
def reset(user: str, second_factor: bool, **place: Any) -> None:
    """Print a one-time password for a USER (username or users/...) who cannot get in any more."""
    with connected(**place) as client:
        click.echo(client.identity.reset_password(user_name(client, user), remove_second_factor=second_factor))


@users.command()
@click.argument("user")
@click.confirmation_option(prompt="Remove the user for ever, with roles and keys?")
@connection_options
def delete(user: str, **place: Any) -> None:
    """Remove a USER (username or users/...) for ever."""
    with connected(**place) as client:
        client.identity.delete_user(user_name(client, user))


def _switch(user: str, place: dict[str, Any], *, disabled: bool) -> None:
    from malha.identity.v1 import user_service_pb2 as pb

    with connected(**place) as client:
        client.identity.update_user(pb.User(name=user_name(client, user), disabled=disabled), ["disabled"])


def _row(user: pb.User) -> str:
    from malha.cli.render.text import safe

    state = "disabled" if user.disabled else "password to change" if user.must_change_password else ""
    factor = "second factor" if user.second_factor else ""
    return f"{user.name}  {safe(user.username):<24} {safe(user.display_name):<24} {state:<18} {factor}".rstrip()
