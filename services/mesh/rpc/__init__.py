"""`malha.mesh.v1.MeshService`, served by the supervisor."""
