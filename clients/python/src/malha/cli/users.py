"""`malha users`: the people of one's tenant."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from malha.cli.connection import CallFailed, connected, connection_options

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from malha.client import Client
    from malha.identity.v1 import user_service_pb2 as pb


@click.group()
def users() -> None:
    """Look after the users of your tenant."""


@users.command("list")
@click.option("--filter", "expression", default="", metavar="AIP-160", help='Such as: username = "ana*".')
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="How many to list.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@connection_options
def list_(expression: str, limit: int, form: str, **place: Any) -> None:
    """List the users."""
    with connected(**place) as client:
        found = list(islice(client.identity.list_users(filter=expression, page_size=min(limit, 1000)), limit))
    if form == "json":
        click.echo(_json("users", found))
    else:
        click.echo("\n".join(_row(user) for user in found) or "no users")


@users.command()
@click.argument("username")
@click.option("--name", "display_name", default="", help="What people call the user.")
@click.option("--email", default="", help="Where the user gets mail.")
@click.option("--role", "roles", multiple=True, metavar="ROLE", help="A role to give, such as member; repeatable.")
@connection_options
def create(username: str, display_name: str, email: str, roles: tuple[str, ...], **place: Any) -> None:
    """Make a user, and print the one-time password to begin with."""
    with connected(**place) as client:
        made = client.identity.create_user(username, display_name=display_name, email=email)
        # Told at once: whatever happens to the roles, nobody tells it a second time.
        click.echo(f"{made.user.name}  {username}", err=True)
        click.echo(made.one_time_password)
        for role in roles:
            client.identity.give_role(made.user.name, f"roles/{role.removeprefix('roles/')}")


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
        name = _found(client, user).name
        click.echo(client.identity.reset_password(name, remove_second_factor=second_factor))


@users.command()
@click.argument("user")
@click.confirmation_option(prompt="Remove the user for ever, with roles and keys?")
@connection_options
def delete(user: str, **place: Any) -> None:
    """Remove a USER (username or users/...) for ever."""
    with connected(**place) as client:
        client.identity.delete_user(_found(client, user).name)


def _switch(user: str, place: dict[str, Any], *, disabled: bool) -> None:
    with connected(**place) as client:
        found = _found(client, user)
        found.disabled = disabled
        client.identity.update_user(found, ["disabled"])


def _found(client: Client, user: str) -> pb.User:
    """The user of that username or resource name."""
    from malha.identity.v1 import user_service_pb2 as pb

    if user.startswith("users/"):
        return pb.User(name=user)
    quoted = user.replace("\\", "\\\\").replace('"', '\\"')
    for found in client.identity.list_users(filter=f'username = "{quoted}"'):
        if found.username == user:  # a star in it would match others
            return found
    raise CallFailed(f"there is no user {user!r}: `malha users list` shows who there is")


def _row(user: pb.User) -> str:
    from malha.cli.render.text import safe

    state = "disabled" if user.disabled else "password to change" if user.must_change_password else ""
    factor = "second factor" if user.second_factor else ""
    return f"{user.name}  {safe(user.username):<24} {safe(user.display_name):<24} {state:<18} {factor}".rstrip()


def _json(title: str, found: list[Any]) -> str:
    from malha.cli.render.json_form import as_dict, dump

    messages: list[Message] = found
    return dump({title: [as_dict(each) for each in messages]})
