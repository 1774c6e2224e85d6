"""The identities of the mesh's workloads: a small authority, what it issues, and their rotation through files."""

from services.mesh.identity.rotation import Issued, Rotation

__all__ = ["Issued", "Rotation"]
