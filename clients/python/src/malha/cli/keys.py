"""`malha keys`: API keys, with which programs ask for tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from malha.cli.completion import permission_names
from malha.cli.connection import CallFailed, connected, connection_options
from malha.cli.listing import LARGEST_PAGE, list_options, show_list, taken
from malha.cli.subjects import subject_name

if TYPE_CHECKING:
    from google.protobuf.timestamp_pb2 import Timestamp

    from malha.identity.v1 import key_service_pb2 as pb


@click.group()
def keys() -> None:
    """Look after API keys: what programs ask for tokens with."""


@keys.command("list")
@click.option(
    "--owner", default="", metavar="WHO", help="A user, a service account, or - for everybody. [default: you]"
)
@list_options()
@connection_options
def list_(owner: str, limit: int, form: str, **place: Any) -> None:
    """List API keys, the newest first."""
    with connected(**place) as client:
        whose = owner if owner in ("", "-") else subject_name(client, owner)
        found = taken(client.identity.list_keys(owner=whose, page_size=min(limit, LARGEST_PAGE)), limit)
    show_list("keys", found, form, _row)


@keys.command()
@click.argument("name")
@click.option("--owner", default="", metavar="ACCOUNT", help="A service account. [default: you]")
@click.option(
    "--scope", "scopes", multiple=True, metavar="PERMISSION", help="Cut it down to this; repeatable.",
    shell_complete=permission_names,
)  # fmt: skip
@click.option("--days", type=click.IntRange(1, 366), default=90, show_default=True, help="How long it is good.")
@connection_options
def create(name: str, owner: str, scopes: tuple[str, ...], days: int, **place: Any) -> None:
    """Make an API key with a NAME for people, and print it: it is shown this once."""
    from datetime import UTC, datetime, timedelta

    with connected(**place) as client:
        end = datetime.now(UTC) + timedelta(days=days)
        whose = subject_name(client, owner) if owner else ""
        made = client.identity.create_key(name, owner=whose, scopes=scopes, expire_time=end)
    click.echo(f"{made.api_key.name}, client id {made.api_key.prefix}", err=True)
    click.echo(made.key)


@keys.command()
@click.argument("key")
@connection_options
def revoke(key: str, **place: Any) -> None:
    """End a KEY (apiKeys/..., or its prefix)."""
    with connected(**place) as client:
        name = key
        if not key.startswith("apiKeys/"):
            prefix = key.removeprefix("mk_").partition("_")[0]
            found = [each.name for each in client.identity.list_keys() if each.prefix == prefix]
            if not found:
                raise CallFailed(f"you have no key with the prefix {prefix!r}: `malha keys list` shows what there is")
            name = found[0]
        client.identity.revoke_key(name)
    click.echo(f"{name} is revoked", err=True)


def _row(key: pb.ApiKey) -> str:
    from malha.cli.render.text import safe

    state = f"revoked {_day(key.revoke_time)}" if key.HasField("revoke_time") else f"until {_day(key.expire_time)}"
    used = f"used {_day(key.last_use_time)}" if key.HasField("last_use_time") else "never used"
    scopes = f"{len(key.scopes)} permissions" if key.scopes else "all that its owner may"
    return f"{key.name}  {key.prefix}  {state:<18} {used:<16} {scopes:<24} {safe(key.display_name)}"


def _day(moment: Timestamp) -> str:
    return moment.ToDatetime().strftime("%Y-%m-%d")
