"""One replica of a service: a Python process with ports of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING

import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.mesh.settings import inherited_environment
from services.mesh.supervisor.errors import StartFailed
from services.mesh.supervisor.logfile import open_log
from services.mesh.supervisor.ports import free_port
from services.mesh.supervisor.postgres import PROJECT
from services.mesh.supervisor.unit import Command

if TYPE_CHECKING:
    from pathlib import Path

    from services.mesh.layout import Layout
    from services.mesh.settings import MeshSettings
    from services.mesh.topology import Service

_PROBE_SECONDS = 1.0
# What a replica needs beyond draining to end its running calls.
_STOP_MARGIN = 15.0


class NotServing(Exception):
    """The replica answers that it does not serve."""


class Replica:
    """The program of one replica."""

    stop_signal = signal.SIGTERM
    start_seconds = 60.0

    def __init__(
        self, service: Service, index: int, layout: Layout, settings: MeshSettings, database: Path, redis: Path
    ) -> None:
        self.name = f"{service.name}-{index}"
        self.component = service.name
        self.stop_seconds = settings.drain_seconds + _STOP_MARGIN
        self._service = service
        self._layout = layout
        self._settings = settings
        self._secrets = {"MALHA_DATABASE_URL_FILE": str(database), "MALHA_REDIS_URL_FILE": str(redis)}
        self._port = 0

    async def prepare(self) -> Command:
        """Choose fresh ports: the old ones may have been taken since, and Envoy learns of them by the registry."""
        self._port = free_port()
        environment = {
            **inherited_environment(),
            **self._shared(),
            "MALHA_REPLICA": self.name,
            "MALHA_LISTEN": f"127.0.0.1:{self._port}",
            "MALHA_METRICS_LISTEN": f"127.0.0.1:{free_port()}",
        }
        argv = (sys.executable, "-m", self._service.module, "serve")
        return Command(argv, environment, PROJECT, f"127.0.0.1:{self._port}")

    async def probe(self) -> None:
        """gRPC health of the replica as a whole."""
        async with grpc.aio.insecure_channel(f"127.0.0.1:{self._port}", options=_CHANNEL) as channel:
            answer = await health_pb2_grpc.HealthStub(channel).Check(
                health_pb2.HealthCheckRequest(), timeout=_PROBE_SECONDS
            )
        if answer.status != health_pb2.HealthCheckResponse.SERVING:
            raise NotServing(self.name)

    async def stopping(self) -> None:
        """Nothing to do: the replica drains by itself at the signal."""

    async def migrate(self) -> None:
        """Run the service's migrations to their end; raises StartFailed."""
        path = self._layout.logs / f"{self.component}-migrate.log"
        log = open_log(path)
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", self._service.module, "migrate",
                env={**inherited_environment(), **self._shared(), "MALHA_REPLICA": f"{self.component}-migrate"},
                cwd=PROJECT, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        finally:
            os.close(log)
        if await process.wait() != 0:
            end = "\n".join(path.read_text(errors="replace").splitlines()[-20:])
            raise StartFailed(f"the migrations of {self.component} failed; the end of {path}:\n{end}")

    def _shared(self) -> dict[str, str]:
        settings = self._settings
        return {
            **self._secrets,
            "MALHA_STATE_DIR": str(self._layout.root),
            "MALHA_COMPONENT": self.component,
            "MALHA_LOG_LEVEL": settings.log_level,
            "MALHA_DRAIN_SECONDS": f"{settings.drain_seconds:g}",
            **({"MALHA_OTLP_ENDPOINT": settings.otlp_endpoint} if settings.otlp_endpoint else {}),
            "PYTHONUNBUFFERED": "1",
            # A replica that comes back must not compile everything again, whatever the shell of its mesh prefers.
            "PYTHONDONTWRITEBYTECODE": "",
        }


_CHANNEL = (("grpc.use_local_subchannel_pool", 1), ("grpc.enable_http_proxy", 0))
