"""The rpcs that show the mesh: parse, call, format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from malha.mesh.v1 import mesh_service_pb2 as pb
from malha.mesh.v1.mesh_service_pb2_grpc import MeshServiceServicer

from services.mesh.convert import endpoint_to_proto, topology_to_proto
from services.mesh.rpc.watching import changes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.mesh.supervisor.administration import Administration

# What the contract promises: at most four times a second.
_LEAST_SECONDS = 0.25


@dataclass(frozen=True, kw_only=True)
class TopologyRpcs(MeshServiceServicer):
    """GetTopology, WatchTopology and ListEndpoints."""

    mesh: Administration

    async def GetTopology(self, request: pb.GetTopologyRequest, context: object) -> pb.GetTopologyResponse:
        return pb.GetTopologyResponse(topology=topology_to_proto(self.mesh.topology()))

    def WatchTopology(
        self, request: pb.WatchTopologyRequest, context: object
    ) -> AsyncIterator[pb.WatchTopologyResponse]:
        return changes(self._topology, self.mesh.changed, _LEAST_SECONDS)

    async def ListEndpoints(self, request: pb.ListEndpointsRequest, context: object) -> pb.ListEndpointsResponse:
        endpoints = await self.mesh.endpoints(request.service or None)
        return pb.ListEndpointsResponse(endpoints=[endpoint_to_proto(endpoint) for endpoint in endpoints])

    def _topology(self) -> pb.WatchTopologyResponse:
        return pb.WatchTopologyResponse(topology=topology_to_proto(self.mesh.topology()))
