"""The verbs that the server distribution adds to the `malha` command.

Every `malha` command loads this module to know the verbs, so what a verb needs is imported when it runs.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any, NoReturn

import click

from services.mesh.layout import Layout, StateFolderUnusable
from services.mesh.settings import MeshSettings, SettingInvalid, load
from services.mesh.supervisor import control
from services.mesh.topology import PROFILES, Topology, UnknownComponent

_RESTART_SECONDS = 180.0
# As click's own for a wrong argument: nothing was tried.
_WRONG_USE = 2


@click.command()
@click.option("--detach", is_flag=True, help="Return when the mesh is ready and leave it running.")
@click.option("--replicas", multiple=True, metavar="SERVICE=N", help="How many replicas of a service; repeatable.")
@click.option("--profile", default="default", hidden=True, type=click.Choice(sorted(PROFILES)))
def up(detach: bool, replicas: tuple[str, ...], profile: str) -> None:
    """Start the mesh on this machine and serve until Ctrl-C."""
    from services.mesh import follow
    from services.mesh.up import EXPECTED
    from services.mesh.up import up as run_mesh

    topology = _topology(profile, replicas)
    settings, layout = _settings()
    try:
        layout.create()
    except StateFolderUnusable as error:
        _fail(str(error), _WRONG_USE)
    if detach:
        arguments = ["--profile", profile, *(part for count in replicas for part in ("--replicas", count))]
        sys.exit(follow.start_detached(settings, arguments))
    try:
        asyncio.run(run_mesh(topology, settings, _say))
    except* EXPECTED as group:
        _fail("\n".join(str(error) for error in _leaves(group)))


@click.command()
def down() -> None:
    """Stop the mesh, draining it first."""
    from services.mesh.stop import stop_mesh

    stopped = stop_mesh(_settings()[1])
    click.echo("stopped" if stopped else "nothing was running")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(as_json: bool) -> None:
    """Show every component; exit 0 only when all of them are ready."""
    _, layout = _settings()
    try:
        answer = asyncio.run(control.ask(layout.control, {"verb": "status"}))
    except control.NotRunning:
        answer = {"ready": False, "components": []}
    if as_json:
        click.echo(json.dumps(answer, indent=2))
    else:
        _show(answer)
    sys.exit(0 if answer["ready"] else 1)


@click.command()
@click.argument("component")
@click.option("-f", "--follow", "endless", is_flag=True, help="Go on with what comes.")
@click.option("-n", "--lines", default=100, show_default=True, help="How many of the last lines to begin with.")
def logs(component: str, endless: bool, lines: int) -> None:
    """Show the log of a COMPONENT or of one replica, such as analysis or analysis-0."""
    from services.mesh import follow

    paths = follow.logs_of(_settings()[1], component)
    if not paths:
        _fail(f"there is no log of {component}")
    try:
        follow.show(paths, lines, endless)
    except KeyboardInterrupt:
        sys.exit(130)


@click.command()
@click.argument("component")
def restart(component: str) -> None:
    """Restart a COMPONENT, one replica after the other."""
    question = {"verb": "restart", "component": component}
    _, layout = _settings()
    try:
        answer = asyncio.run(control.ask(layout.control, question, _RESTART_SECONDS))
    except control.NotRunning:
        _fail("the mesh is not up; start it with `malha up`")
    if "error" in answer:
        _fail(answer["error"])
    click.echo(f"restarted {', '.join(answer['restarted'])}")


def _settings() -> tuple[MeshSettings, Layout]:
    """The settings and the paths they lead to; ends the command, in one clear line, when they cannot be used."""
    try:
        settings = load()
        layout = Layout(settings.root)
        layout.check()
    except (SettingInvalid, StateFolderUnusable) as error:
        _fail(str(error).replace("\n", "\nmalha: "), _WRONG_USE)
    return settings, layout


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


def _show(answer: dict[str, Any]) -> None:
    if not answer["components"]:
        click.echo("not running")
    for component in answer["components"]:
        for replica in component["replicas"] or [{"name": component["name"], "state": "stopped"}]:
            pid, address = replica.get("pid") or "-", replica.get("address") or "-"
            again = f"  {replica['restarts']} restarts" if replica.get("restarts") else ""
            click.echo(f"{replica['name']:<14} {replica['state']:<12} pid {pid:<8} {address}{again}")


def _say(text: str) -> None:
    click.echo(text)
    sys.stdout.flush()


def _leaves(group: BaseExceptionGroup[Any]) -> list[BaseException]:
    return [
        leaf
        for error in group.exceptions
        for leaf in (_leaves(error) if isinstance(error, BaseExceptionGroup) else [error])
    ]


def _fail(text: str, code: int = 1) -> NoReturn:
    click.echo(f"malha: {text}", err=True)
    sys.exit(code)
