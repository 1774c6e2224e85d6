"""The verb that lists feature flags."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from services.mesh.console import Failed, place, table

if TYPE_CHECKING:
    from services.mesh.flags_view import FlagView


@click.command()
@click.option("--subject", default="", metavar="NAME", help="As a caller sees them, such as users/ID.")
@click.option("--tenant", default="", metavar="ID", help="As the callers of a tenant see them.")
@click.option("--tier", default="", metavar="TIER", help="As the callers of a tier see them.")
@click.option("--json", "as_document", is_flag=True, help="Print JSON.")
def flags(subject: str, tenant: str, tier: str, as_document: bool) -> None:
    """List the feature flags, the value that each has, and why.

    They are read from MALHA_FLAGS_FILE, or flags.yaml in the state folder; servers follow it within a second or so.
    """
    from services.mesh.flags_view import views
    from services.runtime.flags import FlagsInvalid

    path = place()[0].flags_path
    try:
        found = views(path, subject, tenant, tier)
    except FlagsInvalid as error:
        raise Failed(f"{path}: {error}\nservers that run go on with the last good values; none starts") from None
    if as_document:
        document = {"file": str(path), "exists": path.exists(), "flags": [view.document() for view in found]}
        click.echo(json.dumps(document, indent=2))
        return
    table(("FLAG", "VALUE", "WHY", "SWITCHES"), map(_row, found), nothing=f"no flags: {path} names none")


def _row(view: FlagView) -> tuple[str, ...]:
    return view.name, json.dumps(view.value), view.why, ", ".join(view.switches)
