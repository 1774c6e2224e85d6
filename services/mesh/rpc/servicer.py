"""All rpcs of `malha.mesh.v1.MeshService` in one servicer."""

from __future__ import annotations

from dataclasses import dataclass

from services.mesh.rpc.deployments import DeploymentRpcs
from services.mesh.rpc.observations import ObservationRpcs
from services.mesh.rpc.replicas import ReplicaRpcs
from services.mesh.rpc.topology import TopologyRpcs


@dataclass(frozen=True, kw_only=True)
class MeshServicer(TopologyRpcs, ReplicaRpcs, DeploymentRpcs, ObservationRpcs):
    """`malha.mesh.v1.MeshService`."""
