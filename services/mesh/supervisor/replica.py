"""One replica of a service: a Python process with ports of its own."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.mesh.settings import inherited_environment
from services.mesh.supervisor.ports import free_port
from services.mesh.supervisor.unit import Command
from services.mesh.topology import ADMIN
from services.runtime.identity.credentials import channel_credentials
from services.runtime.identity.files import IdentityFolder
from services.runtime.identity.spiffe import server_name

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from services.mesh.layout import Layout
    from services.mesh.settings import MeshSettings
    from services.mesh.topology import Service
    from services.mesh.versions.release import Release

_PROBE_SECONDS = 1.0
# What a replica needs beyond draining to end its running calls.
_STOP_MARGIN = 15.0


class NotServing(Exception):
    """The replica answers that it does not serve."""


@dataclass(slots=True)
class Surroundings:
    """What all replicas of one mesh share."""

    layout: Layout
    settings: MeshSettings
    database_url: Path
    database_owner_url: Path
    """What migrations connect with, and nothing else."""
    redis_url: Path
    contracts: Sequence[str] = ()
    """The contracts of all services, as generated modules."""
    guarded: bool = False
    """Whether servers ask calls from outside for a token."""
    withdraw: Callable[[str], Awaitable[None]] | None = None
    """Takes a replica out of Envoy before it is told to stop."""
    otlp_endpoint: str | None = None
    """Where spans go."""


class Replica:
    """The program of one replica, started from one release, in one zone."""

    stop_signal = signal.SIGTERM
    start_seconds = 60.0

    def __init__(
        self,
        name: str,
        service: Service,
        release: Release,
        zone: str,
        around: Surroundings,
    ) -> None:
        self.name = name
        self.component = service.name
        self.release = release
        self.zone = zone
        self.stop_seconds = around.settings.drain_seconds + _STOP_MARGIN
        self._service = service
        self._around = around
        self._port = 0
        self._identity: IdentityFolder | None = None
        self._connected: tuple[tuple[int, str], grpc.aio.Channel] | None = None

    async def prepare(self) -> Command:
        """Choose fresh ports: the old ones may have been taken since, and Envoy learns of them by the registry."""
        self._port = free_port()
        environment = {
            **environment_of(self._service, self.release, self._around),
            "MALHA_REPLICA": self.name,
            "MALHA_LISTEN": f"127.0.0.1:{self._port}",
            "MALHA_METRICS_LISTEN": f"127.0.0.1:{free_port()}",
            "MALHA_ZONE": self.zone,
            "MALHA_WEIGHT": "1",
            "TMPDIR": str(await asyncio.to_thread(self._empty_scratch)),
        }
        argv = (self.release.interpreter, "-m", self._service.module, "serve")
        return Command(argv, environment, self.release.folder, f"127.0.0.1:{self._port}")

    async def probe(self) -> None:
        """gRPC health of the replica as a whole, asked as the workload `mesh`."""
        stub = health_pb2_grpc.HealthStub(await self._channel())
        answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=_PROBE_SECONDS)
        if answer.status != health_pb2.HealthCheckResponse.SERVING:
            raise NotServing(self.name)

    async def stopping(self) -> None:
        """Leave Envoy first; what runs then ends by itself, for which the replica waits after the signal."""
        if self._around.withdraw is not None:
            await self._around.withdraw(self.name)
        await self._hang_up()

    async def _channel(self) -> grpc.aio.Channel:
        """The connection of the last probe, or one with today's certificate to where the replica is now."""
        if self._identity is None:
            self._identity = IdentityFolder(self._around.layout.identity / ADMIN.name)
        identity = self._identity.latest()
        wanted = self._port, identity.generation
        if self._connected is None or self._connected[0] != wanted:
            await self._hang_up()
            options = (*_CHANNEL, ("grpc.ssl_target_name_override", server_name(self.component)))
            target = f"127.0.0.1:{self._port}"
            self._connected = (
                wanted, grpc.aio.secure_channel(target, channel_credentials(identity), options=options),
            )  # fmt: skip
        return self._connected[1]

    async def _hang_up(self) -> None:
        if self._connected is not None:
            _, channel = self._connected
            self._connected = None
            await channel.close()

    def _empty_scratch(self) -> Path:
        """A folder for temporary files in which no killed run before has left anything."""
        folder = self._around.layout.scratch / self.name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
        return folder


def environment_of(service: Service, release: Release, around: Surroundings) -> dict[str, str]:
    """What every process of the service gets from its environment."""
    settings = around.settings
    return {
        **inherited_environment(service.variables),
        "MALHA_DATABASE_URL_FILE": str(around.database_url),
        "MALHA_REDIS_URL_FILE": str(around.redis_url),
        "MALHA_STATE_DIR": str(around.layout.root),
        "MALHA_FLAGS_FILE": str(settings.flags_path),
        **({"MALHA_KEYS_FILE": str(around.layout.keys)} if service.bootstraps or service.seals else {}),
        **({"MALHA_LIMITS_FILE": str(settings.limits_path)} if settings.limits_path else {}),
        "MALHA_COMPONENT": service.name,
        "MALHA_IDENTITY_DIR": str(around.layout.identity / service.name),
        "MALHA_INNER_ADDRESS": f"127.0.0.1:{settings.inner_port}",
        "MALHA_VERSION": release.version,
        "MALHA_LOG_LEVEL": settings.log_level,
        "MALHA_DRAIN_SECONDS": f"{settings.drain_seconds:g}",
        "MALHA_NEIGHBOURS": json.dumps(around.contracts),
        "MALHA_MODE": settings.mode,
        # Without an issuer a server knows of no tokens, and asks for none.
        **({"MALHA_ISSUER": settings.issuer_url} if around.guarded else {}),
        "MALHA_TRACE_RATIO": f"{settings.trace_ratio:g}",
        **({"MALHA_OTLP_ENDPOINT": around.otlp_endpoint} if around.otlp_endpoint else {}),
        **({"PYTHONPATH": os.pathsep.join(map(str, release.paths))} if release.paths else {}),
        "PYTHONUNBUFFERED": "1",
        # A replica that comes back must not compile everything again, whatever the shell of its mesh prefers.
        "PYTHONDONTWRITEBYTECODE": "",
    }


# A replica that starts is asked often: gRPC must not wait longer and longer between its attempts to connect.
_CHANNEL = (
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_http_proxy", 0),
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 1000),
    ("grpc.max_reconnect_backoff_ms", 100),
)
