"""`malha token` and `malha whoami`: as whom one calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from malha.cli.connection import CallFailed, connected, connection_options, reached

if TYPE_CHECKING:
    from malha.identity.v1 import oauth_service_pb2 as pb


@click.command()
@connection_options
def token(**place: Any) -> None:
    """Print an access token that is valid now, for other programs: curl -H "authorization: Bearer $(malha token)"."""
    from malha.auth import found
    from malha.auth.tokens import Tokens
    from malha.settings import SettingsError

    with reached(**place) as mesh:
        try:
            source = found.source(mesh.endpoint, None, mesh.channel)
        except SettingsError as error:
            raise CallFailed(str(error)) from error
        if source is None:
            raise CallFailed(f"nobody is logged in at {mesh.endpoint.address}: log in with `malha login`")
        click.echo(Tokens(source).get())


@click.command()
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@connection_options
def whoami(form: str, **place: Any) -> None:
    """Show as whom this machine calls the mesh, and what that one may do."""
    with connected(**place) as client:
        found = client.identity.whoami()
    if form == "json":
        from malha.cli.render.json_form import as_dict, dump

        click.echo(dump(as_dict(found)))
    else:
        click.echo("\n".join(_lines(found)))


def _lines(found: pb.GetUserInfoResponse) -> list[str]:
    from malha.cli.render.text import safe

    shown = {
        "name": found.name,
        "subject": found.sub,
        "tenant": found.tenant,
        "tier": found.tier,
        "client": found.client_id,
        "second factor": "shown" if found.mfa else "not shown",
        "token until": found.expire_time.ToDatetime().strftime("%Y-%m-%d %H:%M:%SZ"),
    }
    lines = [f"{title:<14}{safe(text)}" for title, text in shown.items() if text]
    return [*lines, f"{'may':<14}{len(found.permissions)} permissions", *(f"  {each}" for each in found.permissions)]
