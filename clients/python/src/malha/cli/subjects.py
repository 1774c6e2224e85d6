"""Who a person means: by the name that people use, or by the resource name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from malha.cli.connection import CallFailed
from malha.cli.listing import quoted

if TYPE_CHECKING:
    from malha.client import Client

_USERS, _ACCOUNTS = "users/", "serviceAccounts/"


def user_name(client: Client, who: str) -> str:
    """The resource name of the user with this username or resource name."""
    if who.startswith(_USERS):
        return who
    if (found := _user(client, who)) is None:
        raise CallFailed(f"there is no user {who!r}: `malha users list` shows who there is")
    return found


def account_name(client: Client, which: str) -> str:
    """The resource name of the service account with this name or resource name."""
    if which.startswith(_ACCOUNTS):
        return which
    if (found := _account(client, which)) is None:
        raise CallFailed(f"there is no service account {which!r}: `malha accounts list` shows which there are")
    return found


def subject_name(client: Client, who: str) -> str:
    """The resource name of the user or the service account of this name; both at once must be told apart."""
    if who.startswith((_USERS, _ACCOUNTS)):
        return who
    user, account = _user(client, who), _account(client, who)
    if user and account:
        raise CallFailed(f"{who!r} is a user and a service account: give {user} or {account}")
    if (found := user or account) is None:
        raise CallFailed(
            f"there is no user and no service account {who!r}: see `malha users list`, `malha accounts list`"
        )
    return found


def role_name(role: str) -> str:
    """The resource name of a role, from that or its id."""
    return f"roles/{role.removeprefix('roles/')}"


# A star in a name would match others, too: so what comes back is compared.


def _user(client: Client, username: str) -> str | None:
    listed = client.identity.list_users(filter=f"username = {quoted(username)}")
    return next((user.name for user in listed if user.username == username), None)


def _account(client: Client, account: str) -> str | None:
    listed = client.identity.list_service_accounts(filter=f"account = {quoted(account)}")
    return next((each.name for each in listed if each.account == account), None)
