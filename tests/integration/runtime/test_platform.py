"""What every server offers beside its services: health, reflection, channelz, figures; and what it refuses."""

import asyncio
import urllib.error
import urllib.request
from typing import Any

import grpc
import pytest
from grpc_channelz.v1 import channelz_pb2, channelz_pb2_grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2
from malha.testing.v1.echo_service_pb2_grpc import EchoServiceServicer, add_EchoServiceServicer_to_server

from services.runtime.method import ContractIncomplete
from services.runtime.server import ServerBuilder
from services.runtime.settings import RuntimeSettings
from services.runtime.telemetry import start_telemetry
from services.testing.echo import EchoServicer
from tests.integration.runtime.calls import drain
from tests.integration.runtime.conftest import Running, Start
from tests.support.waiting import eventually

SERVICE = "malha.testing.v1.EchoService"
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


@pytest.mark.parametrize("service", ["", SERVICE])
async def test_a_server_without_dependencies_serves_at_once(running: Running, service: str) -> None:
    health: Any = health_pb2_grpc.HealthStub(running.channel)
    assert (await health.Check(health_pb2.HealthCheckRequest(service=service))).status == SERVING


async def test_health_of_an_unknown_service_is_not_found(running: Running) -> None:
    health: Any = health_pb2_grpc.HealthStub(running.channel)
    outcome = await drain(health.Check(health_pb2.HealthCheckRequest(service="nothing")), "Echo")
    assert outcome.code is grpc.StatusCode.NOT_FOUND


async def test_watch_follows_a_dependency_down_and_up_and_the_drain(start: Start) -> None:
    down = True

    async def check() -> None:
        if down:
            raise ConnectionError

    running = await start(build=lambda builder: builder.health("database", check, 0.02))
    health: Any = health_pb2_grpc.HealthStub(running.channel)
    watch = health.Watch(health_pb2.HealthCheckRequest(service=SERVICE))
    seen: list[int] = []

    async def follow() -> None:
        async for response in watch:
            seen.append(response.status)  # noqa: PERF401 - seen while it grows

    task = asyncio.ensure_future(follow())
    await eventually(lambda: seen == [NOT_SERVING])
    down = False
    await eventually(lambda: seen == [NOT_SERVING, SERVING])
    down = True
    await eventually(lambda: seen == [NOT_SERVING, SERVING, NOT_SERVING])
    down = False
    await eventually(lambda: seen[-1] == SERVING)
    await running.server.drain()
    await eventually(lambda: seen[-1] == NOT_SERVING)
    watch.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_dependency_that_is_not_required_is_only_reported(start: Start) -> None:
    async def check() -> None:
        raise ConnectionError

    running = await start(build=lambda builder: builder.health("cache", check, 0.02, required=False))
    health: Any = health_pb2_grpc.HealthStub(running.channel)
    statuses = (await health.List(health_pb2.HealthListRequest())).statuses
    assert statuses[""].status == SERVING
    assert statuses["cache"].status == NOT_SERVING


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
async def test_reflection_lists_and_describes_in_both_versions(running: Running, version: str) -> None:
    reflect = running.channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        reflection_pb2.ServerReflectionRequest.SerializeToString,
        reflection_pb2.ServerReflectionResponse.FromString,
    )
    own = f"grpc.reflection.{version}.ServerReflection"
    stream = reflect(
        iter(
            [
                reflection_pb2.ServerReflectionRequest(list_services=""),
                reflection_pb2.ServerReflectionRequest(file_containing_symbol=SERVICE),
                reflection_pb2.ServerReflectionRequest(file_containing_symbol=own),
            ]
        )
    )
    answers = [answer async for answer in stream]
    names = {service.name for service in answers[0].list_services_response.service}
    assert {SERVICE, own, "grpc.health.v1.Health"} <= names
    assert all(answer.file_descriptor_response.file_descriptor_proto for answer in answers[1:])


async def test_channelz_tells_of_the_server(running: Running) -> None:
    channelz: Any = channelz_pb2_grpc.ChannelzStub(running.channel)
    assert (await channelz.GetServers(channelz_pb2.GetServersRequest())).server


async def test_an_unknown_method_is_refused_with_a_reason(running: Running) -> None:
    unknown: Any = running.channel.unary_unary("/malha.testing.v1.EchoService/Nothing", None, None)
    outcome = await drain(unknown(b"", timeout=5), "Echo")
    assert outcome.code is grpc.StatusCode.UNIMPLEMENTED
    assert outcome.info.reason == "METHOD_NOT_FOUND"


async def test_the_figures_and_the_readiness_are_over_http(start: Start) -> None:
    running = await start(metrics_listen="127.0.0.1:0")

    async def get(path: str) -> tuple[int, str]:
        def fetch() -> tuple[int, str]:
            try:
                with urllib.request.urlopen(f"http://{running.server.metrics_address}{path}") as response:
                    return response.status, response.read().decode()
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, error.read().decode()

        return await asyncio.to_thread(fetch)

    assert (await get("/livez"))[0] == 200
    assert '"ready":true' in (await get("/readyz"))[1]
    assert "grpc_server_running" in (await get("/metrics"))[1]
    assert (await get("/else"))[0] == 404
    await running.server.drain()
    assert (await get("/readyz"))[0] == 503


class Unfinished(EchoServiceServicer):
    """Implements nothing."""


async def test_a_servicer_that_lacks_a_method_is_not_built() -> None:
    settings = RuntimeSettings()
    builder = ServerBuilder(settings, telemetry=start_telemetry(settings))
    builder.add(add_EchoServiceServicer_to_server, Unfinished())  # type: ignore[abstract]  # what the test is about
    with pytest.raises(ContractIncomplete, match="not implemented"):
        builder.build()


async def test_a_required_service_that_nobody_registered_is_not_built() -> None:
    settings = RuntimeSettings()
    builder = ServerBuilder(settings, telemetry=start_telemetry(settings), required_services=["malha.x.v1.X", SERVICE])
    builder.add(add_EchoServiceServicer_to_server, EchoServicer())
    with pytest.raises(ContractIncomplete, match=r"malha\.x\.v1\.X"):
        builder.build()
