"""A mesh for tests of its admin service, and the ways in to it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

import grpc

from services.runtime.identity.credentials import channel_credentials
from services.runtime.identity.files import IdentityFolder
from services.runtime.identity.spiffe import server_name
from tests.support.mesh_process import Mesh, mesh

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def echo_mesh(state: Path, replicas: int) -> Iterator[Mesh]:
    """The echo service alone; every call is traced."""
    arguments = ("--profile", "echo", "--replicas", f"echo={replicas}")
    with mesh(state, *arguments, MALHA_DRAIN_SECONDS="0.5", MALHA_TRACE_RATIO="1") as running:
        yield running


def admin_address(mesh: Mesh) -> str:
    return str(json.loads((mesh.state / "run" / "admin.json").read_text())["address"])


def channel(mesh: Mesh, workload: str, target: str, server: str) -> grpc.Channel:
    """A channel with a workload's certificate to whoever shows that of `server`."""
    identity = IdentityFolder(mesh.state / "identity" / workload).last
    options = [("grpc.ssl_target_name_override", server_name(server)), ("grpc.use_local_subchannel_pool", 1)]
    return grpc.secure_channel(target, channel_credentials(identity), options)
