"""`malha roles bind` and its relatives: who has which role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from malha.cli.completion import role_names
from malha.cli.connection import CallFailed, connected, connection_options
from malha.cli.listing import LARGEST_PAGE, list_options, quoted, show_list, taken
from malha.cli.subjects import role_name, subject_name

if TYPE_CHECKING:
    from datetime import datetime

    from google.protobuf.timestamp_pb2 import Timestamp

    from malha.identity.v1 import role_service_pb2 as pb

_MOMENT = click.DateTime(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d"])


@click.command()
@click.argument("who")
@click.argument("role", shell_complete=role_names)
@click.option("--not-before", type=_MOMENT, metavar="TIME", help="From when on, such as 2026-01-31T12:00:00Z.")
@click.option("--not-after", type=_MOMENT, metavar="TIME", help="Until when.")
@click.option("--network", "networks", multiple=True, metavar="CIDR", help="From where, 10.0.0.0/8 say; repeatable.")
@click.option("--second-factor", is_flag=True, help="Only for who has shown a second factor.")
@connection_options
def bind(
    who: str,
    role: str,
    not_before: datetime | None,
    not_after: datetime | None,
    networks: tuple[str, ...],
    second_factor: bool,
    **place: Any,
) -> None:
    """Give WHO (username, service account or resource name) a ROLE, from the next token on.

    Conditions are looked at when a token is issued. A time without a zone is UTC.
    """
    conditions = _conditions(not_before, not_after, networks, second_factor)
    with connected(**place) as client:
        made = client.identity.give_role(subject_name(client, who), role_name(role), conditions=conditions)
    click.echo(made.name)


@click.command()
@click.argument("who")
@click.argument("role", required=False, shell_complete=role_names)
@connection_options
def unbind(who: str, role: str | None, **place: Any) -> None:
    """Take a ROLE away from WHO within seconds, however often it was given; or one binding, roleBindings/..."""
    if who.startswith("roleBindings/") == (role is not None):
        raise click.UsageError("give WHO and ROLE, or one binding alone")
    with connected(**place) as client:
        if role is None:
            client.identity.take_role(who)
            return
        subject, wanted = subject_name(client, who), role_name(role)
        expression = f"subject = {quoted(subject)} AND role = {quoted(wanted)}"
        names = [binding.name for binding in client.identity.list_role_bindings(filter=expression)]
        if not names:
            raise CallFailed(f"{who} does not have {wanted}: `malha roles bindings --of {who}` shows what there is")
        for name in names:
            client.identity.take_role(name)


@click.command()
@click.option("--of", "who", metavar="WHO", help="Only what this user or service account has.")
@list_options('role = "roles/admin"')
@connection_options
def bindings(who: str | None, expression: str, limit: int, form: str, **place: Any) -> None:
    """List who has which role, the newest first."""
    with connected(**place) as client:
        terms = [f"subject = {quoted(subject_name(client, who))}"] if who else []
        terms += [f"({expression})"] if expression else []
        listed = client.identity.list_role_bindings(filter=" AND ".join(terms), page_size=min(limit, LARGEST_PAGE))
        found = taken(listed, limit)
    show_list("role_bindings", found, form, _row)


def _conditions(
    not_before: datetime | None, not_after: datetime | None, networks: tuple[str, ...], second_factor: bool
) -> pb.Conditions | None:
    from malha.identity.v1 import role_service_pb2 as pb

    conditions = pb.Conditions(networks=networks, second_factor=second_factor)
    if not_before is not None:
        conditions.not_before.FromDatetime(not_before)
    if not_after is not None:
        conditions.not_after.FromDatetime(not_after)
    return conditions if conditions.ByteSize() else None


def _row(binding: pb.RoleBinding) -> str:
    return f"{binding.name}  {binding.role:<24} {binding.subject}  {_words(binding.conditions)}".rstrip()


def _words(conditions: pb.Conditions) -> str:
    """The conditions as a person reads them; empty when there are none."""
    parts = [f"from {_time(conditions.not_before)}"] if conditions.HasField("not_before") else []
    parts += [f"until {_time(conditions.not_after)}"] if conditions.HasField("not_after") else []
    parts += [f"in {', '.join(conditions.networks)}"] if conditions.networks else []
    parts += ["with a second factor"] if conditions.second_factor else []
    return ", ".join(parts)


def _time(moment: Timestamp) -> str:
    return moment.ToDatetime().strftime("%Y-%m-%d %H:%M:%SZ")
