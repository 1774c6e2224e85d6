"""The admin service over gRPC: who may call, what an error carries, how streams begin, go on and end."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from malha.errors import Aborted, InvalidArgument, NotFound, PermissionDenied, from_rpc
from malha.mesh.v1 import deployment_pb2, topology_pb2
from malha.mesh.v1 import mesh_service_pb2 as pb
from malha.mesh.v1.mesh_service_pb2_grpc import MeshServiceStub

from services.mesh import convert
from services.mesh.deployment.model import CanaryPlan, DeploymentState, Strategy
from services.mesh.operator import address
from services.mesh.supervisor.view import ReplicaState
from services.runtime.identity.credentials import channel_credentials
from services.runtime.identity.files import IdentityFolder
from services.runtime.identity.spiffe import server_name
from tests.support.waiting import eventually
from tests.unit.mesh.administration import TRACE, MemoryMesh, lost_registry, served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from services.mesh.layout import Layout


def _channel(layout: Layout, workload: str) -> grpc.aio.Channel:
    identity = IdentityFolder(layout.identity / workload).last
    options = [("grpc.ssl_target_name_override", server_name("mesh")), ("grpc.use_local_subchannel_pool", 1)]
    return grpc.aio.secure_channel(address(layout), channel_credentials(identity), options)


class Side:
    """A mesh in memory and the operator's stub before it."""

    def __init__(self, mesh: MemoryMesh, layout: Layout, stub: Any) -> None:
        self.mesh = mesh
        self.layout = layout
        self.stub = stub


@pytest.fixture
async def side(tmp_path: Path) -> AsyncIterator[Side]:
    mesh = MemoryMesh()
    async with served(mesh, tmp_path) as layout, _channel(layout, "operator") as channel:
        yield Side(mesh, layout, MeshServiceStub(channel))


async def test_only_the_operator_may_call(side: Side) -> None:
    async with _channel(side.layout, "echo") as channel:
        with pytest.raises(grpc.RpcError) as caught:
            await MeshServiceStub(channel).GetTopology(pb.GetTopologyRequest(), timeout=5)
    error = from_rpc(caught.value)
    assert isinstance(error, PermissionDenied)
    assert error.reason == "PEER_NOT_TRUSTED"


async def test_a_name_that_there_is_not_is_not_found_with_the_resource(side: Side) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        await side.stub.ScaleService(pb.ScaleServiceRequest(service="nothing", replicas=2), timeout=5)
    error = from_rpc(caught.value)
    assert isinstance(error, NotFound)
    assert (error.reason, error.resource) == ("COMPONENT_NOT_FOUND", ("malha.mesh.v1.Component", "nothing"))


async def test_a_change_beside_another_says_when_to_try_again(side: Side) -> None:
    side.mesh.busy = True
    with pytest.raises(grpc.RpcError) as caught:
        await side.stub.ScaleService(pb.ScaleServiceRequest(service="echo", replicas=2), timeout=5)
    error = from_rpc(caught.value)
    assert isinstance(error, Aborted)
    assert error.retry_after is not None
    assert error.metadata["service"] == "echo"


async def test_a_start_is_repeatable_and_its_id_is_not_reusable(side: Side) -> None:
    wish = pb.StartDeploymentRequest(
        service="echo", version="0.1.0", strategy=deployment_pb2.STRATEGY_ROLLING, request_id=str(uuid.uuid4())
    )
    first = await side.stub.StartDeployment(wish, timeout=5)
    assert await side.stub.StartDeployment(wish, timeout=5) == first
    wish.strategy = deployment_pb2.STRATEGY_CANARY
    with pytest.raises(grpc.RpcError) as caught:
        await side.stub.StartDeployment(wish, timeout=5)
    error = from_rpc(caught.value)
    assert isinstance(error, InvalidArgument)
    assert (error.reason, error.violations[0].field) == ("REQUEST_ID_REUSED", "request_id")


async def test_a_watch_of_a_deployment_ends_with_it(side: Side) -> None:
    wish = pb.StartDeploymentRequest(
        service="echo", version="0.1.0", strategy=deployment_pb2.STRATEGY_ROLLING, request_id=str(uuid.uuid4())
    )
    name = (await side.stub.StartDeployment(wish, timeout=5)).deployment.name
    states = [
        answer.deployment.state
        async for answer in side.stub.WatchDeployment(pb.WatchDeploymentRequest(name=name), timeout=5)
    ]
    assert states[-1] == deployment_pb2.DEPLOYMENT_STATE_SUCCEEDED
    with pytest.raises(grpc.RpcError) as caught:
        await side.stub.WatchDeployment(pb.WatchDeploymentRequest(name="deployments/none"), timeout=5).read()
    assert from_rpc(caught.value).reason == "DEPLOYMENT_NOT_FOUND"


async def test_the_topology_comes_at_once_then_at_changes_and_not_more_than_four_times_a_second(side: Side) -> None:
    loop = asyncio.get_running_loop()
    watch = side.stub.WatchTopology(pb.WatchTopologyRequest(), timeout=20)
    assert not (await watch.read()).topology.alarms
    began, seen, stopped = loop.time(), 0, asyncio.Event()

    async def change() -> None:
        count = 1
        while not stopped.is_set():
            count = count % 60 + 1
            await side.mesh.scale("echo", count)
            await asyncio.sleep(0.005)

    changing = asyncio.create_task(change())
    while loop.time() - began < 1.5:
        await watch.read()
        seen += 1
    stopped.set()
    await changing
    assert 1 <= seen <= 7
    side.mesh.alarms = (lost_registry(),)
    side.mesh.changes.ring()
    await eventually(lambda: _told(watch))
    watch.cancel()


async def _told(watch: Any) -> bool:
    return bool((await watch.read()).topology.alarms)


async def test_what_did_not_change_is_not_sent(side: Side) -> None:
    watch = side.stub.WatchTopology(pb.WatchTopologyRequest(), timeout=20)
    await watch.read()
    reading = asyncio.ensure_future(watch.read())
    for _ in range(3):
        side.mesh.changes.ring()
        await asyncio.sleep(0)
    assert not (await asyncio.wait({reading}, timeout=0.6))[0]
    await side.mesh.scale("echo", 5)
    assert len((await reading).topology.components[0].replicas) == 5
    watch.cancel()


async def test_watches_end_when_the_server_stops(tmp_path: Path) -> None:
    async with AsyncExitStack() as channels:
        async with served(MemoryMesh(), tmp_path) as layout:
            channel = await channels.enter_async_context(_channel(layout, "operator"))
            watch = MeshServiceStub(channel).WatchTopology(pb.WatchTopologyRequest(), timeout=60)
            await watch.read()
            following = asyncio.ensure_future(watch.read())
            began = asyncio.get_running_loop().time()
        with pytest.raises(grpc.RpcError) as caught:
            await following
    assert asyncio.get_running_loop().time() - began < 10
    assert from_rpc(caught.value).reason == "SHUTTING_DOWN"
    assert not layout.admin_file.exists()


async def test_traces_and_figures_are_asked_with_the_defaults_of_the_contract(side: Side) -> None:
    listed = await side.stub.ListTraces(pb.ListTracesRequest(), timeout=5)
    assert len(listed.traces) == 20
    assert listed.traces[0].spans == 1
    with pytest.raises(grpc.RpcError) as caught:
        await side.stub.GetTrace(pb.GetTraceRequest(trace_id="f" * 32), timeout=5)
    assert from_rpc(caught.value).reason == "TRACE_NOT_FOUND"
    spans = (await side.stub.GetTrace(pb.GetTraceRequest(trace_id=TRACE), timeout=5)).spans
    assert spans[0].service == "edge"
    watch = side.stub.WatchFigures(pb.WatchFiguresRequest(), timeout=5)
    assert (await watch.read()).period.seconds == 2
    watch.cancel()


def test_every_state_and_strategy_has_its_number() -> None:
    assert set(convert.REPLICA_STATES) == set(ReplicaState)
    assert set(convert.STRATEGIES) == set(Strategy)
    assert set(convert.DEPLOYMENT_STATES) == set(DeploymentState)
    for words, enum in (
        (convert.REPLICA_STATES, topology_pb2.ReplicaState),
        (convert.STRATEGIES, deployment_pb2.Strategy),
        (convert.DEPLOYMENT_STATES, deployment_pb2.DeploymentState),
    ):
        assert sorted(words.values()) == sorted(number for number in enum.values() if number)


def test_a_plan_survives_the_way_there_and_back() -> None:
    plan = CanaryPlan(percent=33.0, min_calls=5, min_seconds=1.5, max_seconds=60.0)
    assert convert.plan_from_proto(convert.plan_to_proto(plan)) == plan
    assert convert.plan_from_proto(deployment_pb2.CanaryPlan()) == CanaryPlan()
