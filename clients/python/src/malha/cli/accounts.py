"""`malha accounts`: programs that act for themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from malha.cli.completion import role_names
from malha.cli.connection import connected, connection_options
from malha.cli.listing import LARGEST_PAGE, list_options, show_list, taken
from malha.cli.subjects import account_name, role_name

if TYPE_CHECKING:
    from malha.identity.v1 import service_account_service_pb2 as pb


@click.group()
def accounts() -> None:
    """Look after service accounts: programs that act for themselves."""


@accounts.command("list")
@list_options('account = "ci-*"')
@connection_options
def list_(expression: str, limit: int, form: str, **place: Any) -> None:
    """List the service accounts."""
    with connected(**place) as client:
        listed = client.identity.list_service_accounts(filter=expression, page_size=min(limit, LARGEST_PAGE))
        found = taken(listed, limit)
    show_list("service_accounts", found, form, _row)


@accounts.command()
@click.argument("account")
@click.option("--name", "display_name", default="", help="A name for people.")
@click.option(
    "--role", "roles", multiple=True, metavar="ROLE", help="A role to give, such as viewer; repeatable.",
    shell_complete=role_names,
)  # fmt: skip
@connection_options
def create(account: str, display_name: str, roles: tuple[str, ...], **place: Any) -> None:
    """Make a service account; `malha keys create NAME --owner ACCOUNT` makes it a key."""
    with connected(**place) as client:
        made = client.identity.create_service_account(account, display_name=display_name)
        click.echo(made.name)
        for role in roles:
            client.identity.give_role(made.name, role_name(role))


@accounts.command()
@click.argument("account")
@connection_options
def disable(account: str, **place: Any) -> None:
    """Give an ACCOUNT (name or serviceAccounts/...) no token any more."""
    _switch(account, place, disabled=True)


@accounts.command()
@click.argument("account")
@connection_options
def enable(account: str, **place: Any) -> None:
    """Give an ACCOUNT (name or serviceAccounts/...) tokens again."""
    _switch(account, place, disabled=False)


@accounts.command()
@click.argument("account")
@click.confirmation_option(prompt="Remove the service account for ever, with roles and keys?")
@connection_options
def delete(account: str, **place: Any) -> None:
    """Remove an ACCOUNT (name or serviceAccounts/...) for ever."""
    with connected(**place) as client:
        client.identity.delete_service_account(account_name(client, account))


def _switch(account: str, place: dict[str, Any], *, disabled: bool) -> None:
    from malha.identity.v1 import service_account_service_pb2 as pb

    with connected(**place) as client:
        changed = pb.ServiceAccount(name=account_name(client, account), disabled=disabled)
        client.identity.update_service_account(changed, ["disabled"])


def _row(account: pb.ServiceAccount) -> str:
    from malha.cli.render.text import safe

    state = "disabled" if account.disabled else ""
    return f"{account.name}  {safe(account.account):<24} {safe(account.display_name):<24} {state}".rstrip()
