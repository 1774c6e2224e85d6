"""`malha roles`: sets of permissions, and who has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from malha.cli.bindings import bind, bindings, unbind
from malha.cli.completion import permission_names, role_names
from malha.cli.connection import connected, connection_options
from malha.cli.listing import LARGEST_PAGE, format_option, list_options, show_list, taken
from malha.cli.subjects import role_name

if TYPE_CHECKING:
    from malha.identity.v1 import role_service_pb2 as pb


@click.group()
def roles() -> None:
    """Look after roles, which are sets of permissions, and who has them."""


for _verb in (bind, unbind, bindings):
    roles.add_command(_verb)


@roles.command("list")
@list_options('permissions:"analysis.reports.read"')
@connection_options
def list_(expression: str, limit: int, form: str, **place: Any) -> None:
    """List the roles that your tenant can give."""
    with connected(**place) as client:
        found = taken(client.identity.list_roles(filter=expression, page_size=min(limit, LARGEST_PAGE)), limit)
    show_list("roles", found, form, _row)


@roles.command()
@click.argument("role", shell_complete=role_names)
@format_option
@connection_options
def show(role: str, form: str, **place: Any) -> None:
    """Show a ROLE with its permissions."""
    with connected(**place) as client:
        found = client.identity.get_role(role_name(role))
    if form == "json":
        from malha.cli.render.json_form import as_dict, dump

        click.echo(dump(as_dict(found)))
    else:
        from malha.cli.render.text import safe

        lines = [_row(found), safe(found.description), *(f"  {each}" for each in found.permissions)]
        click.echo("\n".join(line for line in lines if line))


@roles.command()
@format_option
@connection_options
def permissions(form: str, **place: Any) -> None:
    """List all permissions that there are."""
    with connected(**place) as client:
        found = client.identity.list_permissions()
    if form == "json":
        from malha.cli.render.json_form import dump

        click.echo(dump({"permissions": list(found)}))
    else:
        click.echo("\n".join(found))


@roles.command()
@click.argument("role")
@click.option(
    "--permission", "wanted", multiple=True, required=True, metavar="PERMISSION",
    help="What it permits; repeatable. `malha roles permissions` lists what there is.", shell_complete=permission_names,
)  # fmt: skip
@click.option("--name", "display_name", default="", help="A name for people.")
@click.option("--description", default="", help="What it is for.")
@connection_options
def create(role: str, wanted: tuple[str, ...], display_name: str, description: str, **place: Any) -> None:
    """Make a ROLE of your tenant's own; you cannot put in what you may not do yourself."""
    with connected(**place) as client:
        made = client.identity.create_role(role, wanted, display_name=display_name, description=description)
    click.echo(made.name)


@roles.command()
@click.argument("role")
@click.option("--add", multiple=True, metavar="PERMISSION", help="Repeatable.", shell_complete=permission_names)
@click.option("--remove", multiple=True, metavar="PERMISSION", help="Repeatable.", shell_complete=permission_names)
@click.option("--name", "display_name", help="A name for people.")
@click.option("--description", help="What it is for.")
@connection_options
def change(
    role: str,
    add: tuple[str, ...],
    remove: tuple[str, ...],
    display_name: str | None,
    description: str | None,
    **place: Any,
) -> None:
    """Change a ROLE of your tenant's own, for everybody who has it: what it gives with their next token, what it
    takes within seconds.
    """
    texts = {"display_name": display_name, "description": description}
    paths = [field for field, text in texts.items() if text is not None] + ["permissions"] * bool(add or remove)
    if not paths:
        raise click.UsageError("say what to change: --add, --remove, --name or --description")
    with connected(**place) as client:
        # With the etag of what was read: somebody else's change in between is not undone.
        found = client.identity.get_role(role_name(role))
        if lacking := set(remove) - set(found.permissions):
            raise click.UsageError(f"{found.name} does not have {', '.join(sorted(lacking))}")
        kept = sorted({*found.permissions, *add} - set(remove))
        del found.permissions[:]
        found.permissions.extend(kept)
        found.display_name = found.display_name if display_name is None else display_name
        found.description = found.description if description is None else description
        client.identity.update_role(found, paths)


@roles.command()
@click.argument("role")
@click.confirmation_option(prompt="Remove the role for ever?")
@connection_options
def delete(role: str, **place: Any) -> None:
    """Remove a ROLE that nobody has."""
    with connected(**place) as client:
        client.identity.delete_role(role_name(role))


def _row(role: pb.Role) -> str:
    from malha.cli.render.text import safe

    kind = "built in" if role.built_in else ""
    return f"{role.name:<32} {len(role.permissions):>4} permissions  {kind:<9} {safe(role.display_name)}".rstrip()
