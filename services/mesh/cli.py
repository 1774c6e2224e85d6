"""The verbs that the server distribution adds to the `malha` command.

Every `malha` command loads this module to know the verbs, so what a verb needs is imported when it runs.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import click

from services.mesh.completion import component_names
from services.mesh.console import Failed, Refused, place, supervisor
from services.mesh.layout import StateFolderUnusable
from services.mesh.settings import Mode
from services.mesh.topology import PROFILES, Topology, UnknownComponent


@click.command()
@click.option("--detach", is_flag=True, help="Return when the mesh is ready and leave it running.")
@click.option("--replicas", multiple=True, metavar="SERVICE=N", help="How many replicas of a service; repeatable.")
@click.option("--profile", default="default", hidden=True, type=click.Choice(sorted(PROFILES)))
@click.option("--logged", is_flag=True, hidden=True, help="What is said goes into a log: leave out secrets.")
def up(detach: bool, replicas: tuple[str, ...], profile: str, logged: bool) -> None:
    """Start the mesh on this machine and serve until Ctrl-C."""
    from services.mesh import follow
    from services.mesh.up import EXPECTED
    from services.mesh.up import up as run_mesh

    topology = _topology(profile, replicas)
    settings, layout = place()
    if settings.mode is Mode.PRODUCTION and not topology.guarded:
        raise Refused(f"MALHA_MODE=production: the profile {profile} asks nobody for a token; start one that does")
    try:
        layout.create()
    except StateFolderUnusable as error:
        raise Refused(str(error)) from None
    if detach:
        arguments = ["--profile", profile, *(part for count in replicas for part in ("--replicas", count))]
        sys.exit(follow.start_detached(settings, arguments))
    try:
        asyncio.run(run_mesh(topology, settings, _say, logged=logged))
    except* EXPECTED as group:
        failure = Failed("\n".join(str(error) for error in _leaves(group)))
    else:
        return
    raise failure


@click.command()
def down() -> None:
    """Stop the mesh, draining it first."""
    from services.mesh.stop import stop_mesh

    stopped = stop_mesh(place()[1])
    click.echo("stopped" if stopped else "nothing was running")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(as_json: bool) -> None:
    """Show every component; exit 0 only when all of them are ready."""
    from services.mesh import status as shown
    from services.mesh.operator import NotRunning, address

    try:
        address(place()[1])
    except NotRunning as why:
        click.echo(json.dumps(shown.NOTHING, indent=2) if as_json else str(why))
        sys.exit(Failed.exit_code)
    from malha.mesh.v1 import mesh_service_pb2 as pb

    try:
        with supervisor() as mesh:
            topology = mesh.GetTopology(pb.GetTopologyRequest()).topology
    except Failed:
        if as_json:  # who reads it by program finds the same document in every case
            click.echo(json.dumps(shown.NOTHING, indent=2))
        raise
    click.echo(json.dumps(shown.document(topology), indent=2) if as_json else "\n".join(shown.lines(topology)))
    sys.exit(0 if topology.ready else Failed.exit_code)


@click.command()
@click.argument("component", shell_complete=component_names)
@click.option("-f", "--follow", "endless", is_flag=True, help="Go on with what comes.")
@click.option("-n", "--lines", default=100, show_default=True, help="How many of the last lines to begin with.")
def logs(component: str, endless: bool, lines: int) -> None:
    """Show the log of a COMPONENT or of one replica, such as analysis or analysis-0."""
    from services.mesh import follow

    paths = follow.logs_of(place()[1], component)
    if not paths:
        raise Failed(f"there is no log of {component}")
    try:
        follow.show(paths, lines, endless)
    except KeyboardInterrupt:
        sys.exit(130)


def _topology(profile: str, replicas: tuple[str, ...]) -> Topology:
    counts: dict[str, int] = {}
    for text in replicas:
        name, _, count = text.partition("=")
        if not count.isdigit():
            raise click.BadParameter(f"{text!r} is not SERVICE=N", param_hint="--replicas")
        counts[name] = int(count)
    try:
        return PROFILES[profile].scaled(counts)
    except (UnknownComponent, ValueError) as error:
        raise click.BadParameter(str(error), param_hint="--replicas") from None


def _say(text: str) -> None:
    click.echo(text)
    sys.stdout.flush()


def _leaves(group: BaseExceptionGroup[Any]) -> list[BaseException]:
    return [
        leaf
        for error in group.exceptions
        for leaf in (_leaves(error) if isinstance(error, BaseExceptionGroup) else [error])
    ]
