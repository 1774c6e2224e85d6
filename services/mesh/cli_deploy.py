"""The verbs about versions: which there are, and how another one comes into use."""

from __future__ import annotations

import re
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from services.mesh.completion import service_names, version_names
from services.mesh.console import Failed, Interrupted, as_json, supervisor, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from malha.mesh.v1 import deployment_pb2
    from malha.mesh.v1.mesh_service_pb2_grpc import MeshServiceStub

_UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_PREFIX = "deployments/"

_json_option = click.option("--json", "as_document", is_flag=True, help="Print JSON.")


class _Span(click.ParamType[float]):
    """A length of time in seconds, written `90`, `90s`, `1.5m` or `1h`."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|)", str(value))
        if match is None:
            self.fail(f"{value!r} is no length of time: write 90, 90s, 1.5m or 1h", param, ctx)
        return float(match[1]) * _UNITS[match[2]]


@click.command()
@click.argument("service", shell_complete=service_names)
@_json_option
def versions(service: str, as_document: bool) -> None:
    """List the versions of a SERVICE that can be deployed here."""
    from malha.mesh.v1 import mesh_service_pb2 as pb

    from services.mesh.deploy_view import moment

    with supervisor() as mesh:
        answer = mesh.ListVersions(pb.ListVersionsRequest(service=service))
    if as_document:
        click.echo(as_json(answer))
        return
    rows = [
        (
            one.version,
            "in use" if one.current else "",
            moment(one.create_time) if one.HasField("create_time") else "working tree",
            one.sha256[:12],
        )
        for one in answer.versions
    ]
    table(("VERSION", "", "MADE", "SHA-256"), rows)


@click.command()
@click.argument("service", shell_complete=service_names)
@click.option(
    "--version", required=True, metavar="V", help="The version to bring into use.", shell_complete=version_names
)
@click.option(
    "--source",
    type=click.Path(exists=True, path_type=Path),
    help="A source tree or a wheel to make the version from, when it is not known yet.",
)
@click.option(
    "--strategy", type=click.Choice(["rolling", "blue-green", "canary"]), default="rolling", show_default=True
)
@click.option("--percent", type=click.IntRange(1, 50), metavar="N", help="Canary: its share of the calls. [20]")
@click.option("--min-calls", type=click.IntRange(1), metavar="N", help="Canary: calls before it may pass. [200]")
@click.option("--min-time", type=_Span(), metavar="TIME", help="Canary: time before it may pass. [10s]")
@click.option("--max-time", type=_Span(), metavar="TIME", help="Canary: no verdict by then means back. [5m]")
@click.option("--keep", type=_Span(), metavar="TIME", help="Blue-green: how long the old replicas stay in reserve.")
@click.option("--detach", is_flag=True, help="Return when it is begun and leave it running.")
@click.option("--json", "as_document", is_flag=True, help="Print JSON, one line for each change.")
def deploy(service: str, detach: bool, as_document: bool, **wish: Any) -> None:
    """Bring another version of a SERVICE into use and show how it goes.

    Exits with 0 only when the new version is in use, with 1 when the old one came back, with 2 when nothing was begun
    or the mesh was lost from sight.
    """
    request = _request(service, **wish)
    if request.source and sys.stderr.isatty():  # a copy that takes seconds
        click.echo(f"making {request.version} of {service} from {request.source}", err=True)
    begun = ""
    try:
        with supervisor() as mesh:
            deployment = mesh.StartDeployment(request).deployment
            begun = deployment.name
            if detach:
                click.echo(as_json(deployment) if as_document else f"begun {begun}; `malha deployments` shows it")
                return
            last = _follow(mesh, deployment, as_document)
    except KeyboardInterrupt:
        if not begun:
            raise
        raise Interrupted(f"{begun} goes on without you; `malha abort {begun}` ends it") from None
    _finish(last, as_document)


@click.command()
@click.argument("service", required=False, shell_complete=service_names)
@_json_option
def deployments(service: str | None, as_document: bool) -> None:
    """List the deployments since the mesh was started: of one SERVICE, or of all."""
    from malha.mesh.v1 import mesh_service_pb2 as pb

    from services.mesh.deploy_view import moment, row

    with supervisor() as mesh:
        answer = mesh.ListDeployments(pb.ListDeploymentsRequest(service=service or ""))
    if as_document:
        click.echo(as_json(answer))
        return
    rows = [(*row(one), moment(one.create_time), one.message) for one in answer.deployments]
    headers = ("DEPLOYMENT", "SERVICE", "FROM", "TO", "STRATEGY", "STATE", "BEGUN", "MESSAGE")
    table(headers, rows, nothing="nothing was deployed since this mesh was started")


@click.command()
@click.argument("deployment")
@_json_option
def abort(deployment: str, as_document: bool) -> None:
    """End a DEPLOYMENT that is under way and bring the version before it back."""
    from malha.mesh.v1 import mesh_service_pb2 as pb

    from services.mesh.deploy_view import state_word

    name = _PREFIX + deployment.removeprefix(_PREFIX)
    with supervisor() as mesh:
        answer = mesh.AbortDeployment(pb.AbortDeploymentRequest(name=name)).deployment
    click.echo(as_json(answer) if as_document else f"{answer.name} {state_word(answer.state)}: {answer.message}")


def _request(
    service: str,
    version: str,
    source: Path | None,
    strategy: str,
    percent: int | None,
    min_calls: int | None,
    min_time: float | None,
    max_time: float | None,
    keep: float | None,
) -> Any:
    """The request for a wish; raises click.UsageError for options that the strategy does not know."""
    from malha.mesh.v1 import deployment_pb2
    from malha.mesh.v1 import mesh_service_pb2 as pb

    from services.mesh.times import duration

    plan: dict[str, Any] = {
        "percent": percent,
        "min_calls": min_calls,
        "min_time": None if min_time is None else duration(min_time),
        "max_time": None if max_time is None else duration(max_time),
    }
    given = {name: value for name, value in plan.items() if value is not None}
    if given and strategy != "canary":
        raise click.UsageError(f"--{next(iter(given)).replace('_', '-')} is for --strategy canary")
    if keep is not None and strategy != "blue-green":
        raise click.UsageError("--keep is for --strategy blue-green")
    return pb.StartDeploymentRequest(
        service=service,
        version=version,
        source=str(source.absolute()) if source else "",
        strategy=deployment_pb2.Strategy.Value(f"STRATEGY_{strategy.upper().replace('-', '_')}"),
        canary=deployment_pb2.CanaryPlan(**given) if strategy == "canary" else None,
        keep=None if keep is None else duration(keep),
        request_id=str(uuid.uuid4()),
    )


def _follow(
    mesh: MeshServiceStub, deployment: deployment_pb2.Deployment, as_document: bool
) -> deployment_pb2.Deployment:
    """Show the deployment until it is over; its last state."""
    from services.mesh.deploy_view import json_lines, plain_lines, shown_live

    steps = _steps(mesh, deployment)
    if as_document:
        return json_lines(steps)
    return shown_live(steps) if sys.stdout.isatty() else plain_lines(steps)


def _steps(mesh: MeshServiceStub, begun: deployment_pb2.Deployment) -> Iterator[deployment_pb2.Deployment]:
    from malha.mesh.v1 import mesh_service_pb2 as pb

    yield begun
    for answer in mesh.WatchDeployment(pb.WatchDeploymentRequest(name=begun.name)):
        yield answer.deployment


def _finish(last: deployment_pb2.Deployment, as_document: bool) -> None:
    """Say how it ended; raises Failed unless it succeeded."""
    from malha.mesh.v1 import deployment_pb2

    if last.state == deployment_pb2.DEPLOYMENT_STATE_SUCCEEDED:
        if not as_document:
            click.echo(f"{last.service} runs {last.to_version}: {last.message}")
        return
    raise Failed(f"{last.service} is back at {last.from_version}: {last.message}")
