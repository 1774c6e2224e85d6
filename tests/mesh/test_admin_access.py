"""Who comes in to the admin service, and by which way."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import grpc
import pytest
from malha.errors import PermissionDenied, from_rpc
from malha.mesh.v1 import mesh_service_pb2 as pb
from malha.mesh.v1.mesh_service_pb2_grpc import MeshServiceStub

from services.runtime.identity.spiffe import server_name
from tests.mesh.admin import admin_address, channel, echo_mesh
from tests.support.mesh_process import Mesh

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """One echo replica."""
    with echo_mesh(tmp_path_factory.mktemp("admin"), replicas=1) as running:
        yield running


def test_the_operator_comes_in_through_envoy_as_well(mesh: Mesh) -> None:
    with channel(mesh, "operator", mesh.inner, "envoy") as opened:
        topology = MeshServiceStub(opened).GetTopology(pb.GetTopologyRequest(), timeout=10).topology
    assert topology.profile == "echo"


@pytest.mark.parametrize("way", ["straight", "through Envoy"])
@pytest.mark.parametrize("workload", ["echo", "envoy", "mesh"])
def test_other_workloads_are_refused_on_either_way(mesh: Mesh, workload: str, way: str) -> None:
    target, server = (admin_address(mesh), "mesh") if way == "straight" else (mesh.inner, "envoy")
    with channel(mesh, workload, target, server) as opened, pytest.raises(grpc.RpcError) as caught:
        MeshServiceStub(opened).GetTopology(pb.GetTopologyRequest(), timeout=10)
    error = from_rpc(caught.value)
    assert isinstance(error, PermissionDenied)
    assert error.reason in {"CALLER_NOT_ALLOWED", "PEER_NOT_TRUSTED"}


def test_nobody_comes_in_without_a_certificate_or_through_the_edge(mesh: Mesh) -> None:
    bundle = (mesh.state / "identity" / "operator" / "current" / "bundle.pem").read_bytes()
    options = [("grpc.ssl_target_name_override", server_name("mesh"))]
    with (
        grpc.secure_channel(admin_address(mesh), grpc.ssl_channel_credentials(bundle), options) as opened,
        pytest.raises(grpc.RpcError) as caught,
    ):
        MeshServiceStub(opened).GetTopology(pb.GetTopologyRequest(), timeout=10)
    assert from_rpc(caught.value).code is grpc.StatusCode.UNAVAILABLE
    with grpc.insecure_channel(mesh.plaintext) as opened, pytest.raises(grpc.RpcError) as caught:
        MeshServiceStub(opened).GetTopology(pb.GetTopologyRequest(), timeout=10)
    assert from_rpc(caught.value).code is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize("way", ["straight", "through Envoy"])
def test_grpcurl_finds_and_calls_the_service_by_reflection(mesh: Mesh, grpcurl: str, way: str) -> None:
    target, server = (admin_address(mesh), "mesh") if way == "straight" else (mesh.inner, "envoy")
    files = mesh.state / "identity" / "operator" / "current"
    command = [
        grpcurl, "-cacert", str(files / "bundle.pem"), "-cert", str(files / "certificate.pem"),
        "-key", str(files / "key.pem"), "-servername", server_name(server),
    ]  # fmt: skip
    listed = subprocess.run([*command, target, "list"], capture_output=True, text=True, timeout=20, check=False)
    assert "malha.mesh.v1.MeshService" in listed.stdout, listed.stderr
    called = subprocess.run(
        [*command, target, "malha.mesh.v1.MeshService/GetTopology"],
        capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    assert json.loads(called.stdout)["topology"]["profile"] == "echo", called.stderr
