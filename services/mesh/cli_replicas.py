"""The verbs that change what runs: how many, how much each, and who they are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from services.mesh.completion import component_names, replica_names, service_names, workload_names
from services.mesh.console import as_json, supervisor, table

if TYPE_CHECKING:
    from malha.mesh.v1 import topology_pb2

_json_option = click.option("--json", "as_document", is_flag=True, help="Print JSON.")


@click.command()
@click.argument("service", required=False, shell_complete=service_names)
@_json_option
def endpoints(service: str | None, as_document: bool) -> None:
    """List where calls can go: of one SERVICE, or of all."""
    from malha.mesh.v1 import mesh_service_pb2 as pb

    with supervisor() as mesh:
        answer = mesh.ListEndpoints(pb.ListEndpointsRequest(service=service or ""))
    if as_document:
        click.echo(as_json(answer))
        return
    rows = [
        (one.service, one.replica, one.address, one.version, one.zone, str(one.weight), _condition(one))
        for one in answer.endpoints
    ]
    headers = ("SERVICE", "REPLICA", "ADDRESS", "VERSION", "ZONE", "WEIGHT", "STATE")
    table(headers, rows, right=("WEIGHT",), nothing="no replica has registered yet")


@click.command()
@click.argument("component", shell_complete=component_names)
@_json_option
def restart(component: str, as_document: bool) -> None:
    """Restart a COMPONENT, one replica after the other."""
    from malha.mesh.v1 import mesh_service_pb2 as pb

    with supervisor() as mesh:
        answer = mesh.RestartComponent(pb.RestartComponentRequest(component=component))
    text = f"restarted {', '.join(replica.name for replica in answer.component.replicas)}"
    click.echo(as_json(answer) if as_document else text)


@click.command()
@click.argument("service", shell_complete=service_names)
@click.argument("replicas", metavar="N", type=click.IntRange(1, 64))
@_json_option
def scale(service: str, replicas: int, as_document: bool) -> None:
    """Bring a SERVICE to N replicas; no call fails."""
    from malha.mesh.v1 import mesh_service_pb2 as pb

    with supervisor() as mesh:
        answer = mesh.ScaleService(pb.ScaleServiceRequest(service=service, replicas=replicas))
    text = f"{service} has {', '.join(replica.name for replica in answer.component.replicas)}"
    click.echo(as_json(answer) if as_document else text)


@click.command()
@click.argument("replica", shell_complete=replica_names)
@click.option("--undo", is_flag=True, help="Bring it back into rotation.")
@_json_option
def drain(replica: str, undo: bool, as_document: bool) -> None:
    """Take a REPLICA out of rotation, such as analysis-0; it runs on."""
    from malha.mesh.v1 import mesh_service_pb2 as pb

    with supervisor() as mesh:
        answer = mesh.DrainReplica(pb.DrainReplicaRequest(replica=replica, undrain=undo))
    text = f"{replica} takes calls again" if undo else f"{replica} takes no new calls"
    click.echo(as_json(answer) if as_document else text)


@click.command()
@click.argument("replica", shell_complete=replica_names)
@click.argument("weight", metavar="N", type=click.IntRange(1, 128))
@_json_option
def weight(replica: str, weight: int, as_document: bool) -> None:
    """Set a REPLICA's share of the calls to N, beside its siblings'."""
    from malha.mesh.v1 import mesh_service_pb2 as pb

    with supervisor() as mesh:
        answer = mesh.SetReplicaWeight(pb.SetReplicaWeightRequest(replica=replica, weight=weight))
    click.echo(as_json(answer) if as_document else f"{replica} has weight {answer.endpoint.weight}")


@click.command()
@click.argument("workload", required=False, shell_complete=workload_names)
@click.option("--authority", is_flag=True, help="Replace the authority as well, without a gap.")
@_json_option
def rotate(workload: str | None, authority: bool, as_document: bool) -> None:
    """Give a WORKLOAD, or all of them, new certificates now."""
    from malha.mesh.v1 import mesh_service_pb2 as pb

    if workload and authority:
        raise click.UsageError("--authority renews all workloads: leave WORKLOAD out")
    with supervisor() as mesh:
        answer = mesh.RotateIdentities(pb.RotateIdentitiesRequest(workload=workload or "", authority=authority))
    if as_document:
        click.echo(as_json(answer))
        return
    rows = [(one.spiffe_id, _moment(one.not_after.seconds), one.serial) for one in answer.identities]
    table(("IDENTITY", "UNTIL", "SERIAL"), rows)


def _condition(endpoint: topology_pb2.Endpoint) -> str:
    """What keeps calls away, or that nothing does."""
    words = {
        "stale": endpoint.stale,
        "draining": endpoint.draining,
        "held back": not (endpoint.published or endpoint.draining),
        "unhealthy": endpoint.published and not endpoint.healthy,
    }
    return ", ".join(word for word, applies in words.items() if applies) or "serves"


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
