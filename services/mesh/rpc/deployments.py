"""The rpcs about versions and deployments: parse, call, format."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from malha.mesh.v1 import mesh_service_pb2 as pb
from malha.mesh.v1.mesh_service_pb2_grpc import MeshServiceServicer

from services.mesh.convert import (
    deployment_to_proto,
    plan_from_proto,
    strategy_from_proto,
    version_to_proto,
)
from services.mesh.times import seconds

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.mesh.supervisor.administration import Administration


@dataclass(frozen=True, kw_only=True)
class DeploymentRpcs(MeshServiceServicer):
    """ListVersions, StartDeployment, WatchDeployment, ListDeployments and AbortDeployment."""

    mesh: Administration

    async def ListVersions(self, request: pb.ListVersionsRequest, context: object) -> pb.ListVersionsResponse:
        versions = self.mesh.versions(request.service)
        return pb.ListVersionsResponse(versions=[version_to_proto(version) for version in versions])

    async def StartDeployment(self, request: pb.StartDeploymentRequest, context: object) -> pb.StartDeploymentResponse:
        deployment = await self.mesh.start_deployment(
            request.service,
            request.version,
            source=Path(request.source) if request.source else None,
            strategy=strategy_from_proto(request.strategy),
            plan=plan_from_proto(request.canary),
            keep_seconds=seconds(request.keep),
            request_id=UUID(request.request_id),
        )
        return pb.StartDeploymentResponse(deployment=deployment_to_proto(deployment))

    async def WatchDeployment(
        self, request: pb.WatchDeploymentRequest, context: object
    ) -> AsyncIterator[pb.WatchDeploymentResponse]:
        async for deployment in self.mesh.watch_deployment(request.name):
            yield pb.WatchDeploymentResponse(deployment=deployment_to_proto(deployment))

    async def ListDeployments(self, request: pb.ListDeploymentsRequest, context: object) -> pb.ListDeploymentsResponse:
        deployments = self.mesh.deployments(request.service or None)
        return pb.ListDeploymentsResponse(deployments=[deployment_to_proto(deployment) for deployment in deployments])

    async def AbortDeployment(self, request: pb.AbortDeploymentRequest, context: object) -> pb.AbortDeploymentResponse:
        deployment = await self.mesh.abort_deployment(request.name)
        return pb.AbortDeploymentResponse(deployment=deployment_to_proto(deployment))
