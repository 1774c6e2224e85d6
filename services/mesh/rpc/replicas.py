"""The rpcs that change replicas and identities: parse, call, format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from malha.mesh.v1 import mesh_service_pb2 as pb
from malha.mesh.v1.mesh_service_pb2_grpc import MeshServiceServicer

from services.mesh.convert import component_to_proto, endpoint_to_proto, identity_to_proto

if TYPE_CHECKING:
    from services.mesh.supervisor.administration import Administration


@dataclass(frozen=True, kw_only=True)
class ReplicaRpcs(MeshServiceServicer):
    """ScaleService, RestartComponent, DrainReplica, SetReplicaWeight and RotateIdentities."""

    mesh: Administration

    async def ScaleService(self, request: pb.ScaleServiceRequest, context: object) -> pb.ScaleServiceResponse:
        component = await self.mesh.scale(request.service, request.replicas)
        return pb.ScaleServiceResponse(component=component_to_proto(component))

    async def RestartComponent(
        self, request: pb.RestartComponentRequest, context: object
    ) -> pb.RestartComponentResponse:
        component = await self.mesh.restart(request.component)
        return pb.RestartComponentResponse(component=component_to_proto(component))

    async def DrainReplica(self, request: pb.DrainReplicaRequest, context: object) -> pb.DrainReplicaResponse:
        endpoint = await self.mesh.drain(request.replica, undrain=request.undrain)
        return pb.DrainReplicaResponse(endpoint=endpoint_to_proto(endpoint))

    async def SetReplicaWeight(
        self, request: pb.SetReplicaWeightRequest, context: object
    ) -> pb.SetReplicaWeightResponse:
        endpoint = await self.mesh.set_weight(request.replica, request.weight)
        return pb.SetReplicaWeightResponse(endpoint=endpoint_to_proto(endpoint))

    async def RotateIdentities(
        self, request: pb.RotateIdentitiesRequest, context: object
    ) -> pb.RotateIdentitiesResponse:
        identities = await self.mesh.rotate(request.workload or None, authority=request.authority)
        return pb.RotateIdentitiesResponse(identities=[identity_to_proto(identity) for identity in identities])
