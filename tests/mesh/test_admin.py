"""The operator's side of a real mesh: every verb and every rpc."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from malha.errors import from_rpc
from malha.mesh.v1 import deployment_pb2, topology_pb2
from malha.mesh.v1 import mesh_service_pb2 as pb
from malha.mesh.v1.mesh_service_pb2_grpc import MeshServiceStub
from malha.testing.v1 import echo_service_pb2, echo_service_pb2_grpc

from services.runtime.identity.files import IdentityFolder
from tests.mesh.admin import admin_address, channel, echo_mesh
from tests.support.mesh_process import MALHA, ROOT, Mesh, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """Two echo replicas; every call is traced."""
    with echo_mesh(tmp_path_factory.mktemp("admin"), replicas=2) as running:
        yield running


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A source tree with what the echo service imports."""
    tree = tmp_path_factory.mktemp("source")
    for part in ("services/runtime", "services/testing", "clients/python/src/malha"):
        shutil.copytree(ROOT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "services" / "__init__.py", tree / "services")
    return str(tree)


@pytest.fixture
def operator(mesh: Mesh) -> Iterator[Any]:
    """The admin service as the operator reaches it."""
    with channel(mesh, "operator", admin_address(mesh), "mesh") as opened:
        yield MeshServiceStub(opened)


def echo(mesh: Mesh) -> Any:
    """One call through the plaintext listener."""
    with grpc.insecure_channel(mesh.plaintext) as opened:
        stub = echo_service_pb2_grpc.EchoServiceStub(opened)
        return stub.Echo(echo_service_pb2.EchoRequest(message="x"), timeout=5)


def endpoints(mesh: Mesh) -> dict[str, dict[str, Any]]:
    answer = json.loads(mesh.run("endpoints", "echo", "--json").stdout)
    return {one["replica"]: one for one in answer["endpoints"]}


def serving(mesh: Mesh, count: int) -> Callable[[], bool]:
    def holds() -> bool:
        found = endpoints(mesh).values()
        return len(found) == count and all(one["healthy"] for one in found)

    return holds


def test_status_tells_every_component_and_the_way_in(mesh: Mesh) -> None:
    status = mesh.status()
    assert status["ready"]
    assert status["proven"]
    assert (status["edge"], status["plaintext"]) == (mesh.edge, mesh.plaintext)
    assert status["inner"] == mesh.inner
    assert [component["name"] for component in status["components"]] == ["postgres", "redis", "echo", "envoy"]
    assert all(replica["version"] == "0.1.0" for replica in mesh.component("echo")["replicas"])
    shown = mesh.run("status")
    assert shown.returncode == 0
    assert [line.split()[0] for line in shown.stdout.splitlines()] == ["postgres", "redis", "echo-0", "echo-1", "envoy"]


def test_a_service_grows_and_shrinks(mesh: Mesh) -> None:
    grown = mesh.run("scale", "echo", "3")
    assert (grown.returncode, grown.stdout) == (0, "echo has echo-0, echo-1, echo-2\n"), grown.stderr
    assert serving(mesh, 3)()  # as promised: new ones serve before the answer
    assert mesh.run("scale", "echo", "2").returncode == 0
    assert set(endpoints(mesh)) == {"echo-0", "echo-1"}


def test_a_drained_replica_gets_no_call_and_comes_back(mesh: Mesh) -> None:
    victim = next(iter(endpoints(mesh).values()))
    assert mesh.run("drain", victim["replica"]).returncode == 0
    assert endpoints(mesh)[victim["replica"]]["draining"]
    pid = {r["name"]: r["pid"] for r in mesh.component("echo")["replicas"]}[victim["replica"]]
    assert Path(f"/proc/{pid}").exists()
    for _ in range(20):
        echo(mesh)
    assert mesh.run("drain", victim["replica"], "--undo").returncode == 0
    wait_until(serving(mesh, 2), 10, "the replica is back")


def test_a_weight_is_told_to_envoy(mesh: Mesh) -> None:
    assert mesh.run("weight", "echo-0", "7").stdout == "echo-0 has weight 7\n"
    assert endpoints(mesh)["echo-0"]["weight"] == 7
    assert "load_balancing_weight: 7" in (mesh.state / "envoy" / "endpoints-echo.yaml").read_text()
    mesh.run("weight", "echo-0", "1")


@pytest.mark.parametrize("component", ["echo", "postgres", "redis", "envoy"])
def test_a_component_restarts(mesh: Mesh, component: str) -> None:
    before = {replica["pid"] for replica in mesh.component(component)["replicas"]}
    done = mesh.run("restart", component)
    assert done.returncode == 0, done.stderr
    assert not before & {replica["pid"] for replica in mesh.component(component)["replicas"]}
    assert echo(mesh).message == "x"


def test_certificates_are_replaced_when_asked_for(mesh: Mesh, operator: Any) -> None:
    before = IdentityFolder(mesh.state / "identity" / "echo").last.generation
    done = mesh.run("rotate", "echo", "--json")
    assert done.returncode == 0, done.stderr
    (identity,) = json.loads(done.stdout)["identities"]
    assert identity["spiffe_id"] == "spiffe://malha.local/echo"
    assert before != IdentityFolder(mesh.state / "identity" / "echo").last.generation == identity["serial"]
    assert {i.workload for i in operator.RotateIdentities(pb.RotateIdentitiesRequest()).identities} > {"mesh", "envoy"}
    assert mesh.run("rotate", "--authority", timeout=60).returncode == 0
    assert mesh.run("endpoints").returncode == 0
    assert echo(mesh).message == "x"


def test_a_version_is_deployed_from_a_folder_and_back(mesh: Mesh, source: str) -> None:
    deployed = mesh.run("deploy", "echo", "--version", "0.2.0", "--source", source, "--strategy", "rolling")
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    assert {one["version"] for one in endpoints(mesh).values()} == {"0.2.0"}
    listed = json.loads(mesh.run("versions", "echo", "--json").stdout)["versions"]
    assert {one["version"]: one["current"] for one in listed} == {"0.1.0": False, "0.2.0": True}
    back = mesh.run("deploy", "echo", "--version", "0.1.0", "--strategy", "blue-green")
    assert back.returncode == 0, back.stdout + back.stderr
    rows = mesh.run("deployments", "echo").stdout.splitlines()[1:]
    assert [row.split()[2:6] for row in rows[:2]] == [
        ["0.2.0", "0.1.0", "blue-green", "succeeded"], ["0.1.0", "0.2.0", "rolling", "succeeded"],
    ]  # fmt: skip


def test_a_canary_without_calls_is_aborted_and_the_verb_tells_it(mesh: Mesh, source: str) -> None:
    watching = subprocess.Popen(
        [str(MALHA), "deploy", "echo", "--version", "0.3.0", "--source", source,
         "--strategy", "canary", "--max-time", "10m"],
        cwd=ROOT, env=dict(mesh.environment), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip

    def begun() -> str:
        found = json.loads(mesh.run("deployments", "--json").stdout)["deployments"]
        return next((one["name"] for one in found if one["to_version"] == "0.3.0" and one["new_replicas"]), "")

    with watching:
        try:
            wait_until(lambda: bool(begun()), 60, "the canary serves")
            refused = mesh.run("scale", "echo", "3")
            assert mesh.run("abort", begun()).returncode == 0
            out, err = watching.communicate(timeout=60)
        finally:
            watching.kill()
    assert refused.returncode == 2
    assert "[CHANGE_IN_PROGRESS]" in refused.stderr
    assert watching.returncode == 1, out + err
    assert err.startswith("malha: echo is back at 0.1.0")
    wait_until(serving(mesh, 2), 20, "the old replicas serve")


def test_a_request_and_its_repetition_at_the_same_time_begin_one_deployment(
    mesh: Mesh, operator: Any, source: str
) -> None:
    wish = pb.StartDeploymentRequest(
        service="echo", version="0.4.0", source=source, strategy=deployment_pb2.STRATEGY_CANARY,
        request_id=str(uuid.uuid4()),
    )  # fmt: skip
    given_up = operator.StartDeployment.future(wish, timeout=30)
    others = [operator.StartDeployment.future(wish, timeout=30) for _ in range(2)]
    given_up.cancel()  # what was begun goes on
    names = {answer.result().deployment.name for answer in others}
    assert len(names) == 1
    found = operator.ListDeployments(pb.ListDeploymentsRequest(service="echo")).deployments
    assert [one.name for one in found if one.to_version == "0.4.0"] == list(names)
    operator.AbortDeployment(pb.AbortDeploymentRequest(name=names.pop()), timeout=60)
    wait_until(serving(mesh, 2), 20, "the old replicas serve")


def test_a_version_that_cannot_be_made_is_refused_with_the_reason(operator: Any) -> None:
    wish = pb.StartDeploymentRequest(
        service="echo", version="9.9.9", strategy=deployment_pb2.STRATEGY_ROLLING, request_id=str(uuid.uuid4())
    )
    with pytest.raises(grpc.RpcError) as caught:
        operator.StartDeployment(wish, timeout=30)
    error = from_rpc(caught.value)
    assert (error.code, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "VERSION_UNUSABLE")
    assert (error.metadata["service"], error.metadata["version"]) == ("echo", "9.9.9")


def test_a_watch_tells_what_dies(mesh: Mesh, operator: Any) -> None:
    watch = operator.WatchTopology(pb.WatchTopologyRequest(), timeout=60)
    first = next(watch).topology
    (replica, _) = next(component for component in first.components if component.name == "echo").replicas
    os.kill(replica.pid, signal.SIGKILL)
    seen = set()
    for answer in watch:
        component = next(component for component in answer.topology.components if component.name == "echo")
        now = component.replicas[0]
        seen.add(now.state)
        if now.pid not in (0, replica.pid) and answer.topology.ready:
            break
    watch.cancel()
    assert seen & {topology_pb2.REPLICA_STATE_BACKING_OFF, topology_pb2.REPLICA_STATE_STARTING}
    assert now.restarts == replica.restarts + 1


def test_traces_and_figures_can_be_read(mesh: Mesh, operator: Any) -> None:
    echo(mesh)
    wait_until(lambda: bool(operator.ListTraces(pb.ListTracesRequest()).traces), 20, "a trace is kept")
    trace = operator.ListTraces(pb.ListTracesRequest()).traces[0]
    assert operator.GetTrace(pb.GetTraceRequest(trace_id=trace.trace_id)).spans
    with pytest.raises(grpc.RpcError) as caught:
        operator.GetTrace(pb.GetTraceRequest(trace_id="0" * 31 + "1"))
    assert from_rpc(caught.value).reason == "TRACE_NOT_FOUND"
    request = pb.WatchFiguresRequest()
    request.period.FromMilliseconds(250)
    watch = operator.WatchFigures(request, timeout=30)
    figures = [next(watch) for _ in range(2)][-1]
    watch.cancel()
    assert {process.component for process in figures.processes} >= {"echo", "envoy", "postgres", "redis"}


def test_a_mesh_with_a_watch_open_stops_without_waiting_for_it(mesh: Mesh, operator: Any) -> None:
    watch = operator.WatchTopology(pb.WatchTopologyRequest(), timeout=120)
    next(watch)
    began = time.monotonic()
    assert mesh.run("down").returncode == 0
    assert time.monotonic() - began < 15
    with pytest.raises(grpc.RpcError):
        for _ in watch:
            pass
    assert mesh.run("endpoints").stderr.startswith("malha: no mesh is up in")
    assert mesh.run("status").returncode == 1
