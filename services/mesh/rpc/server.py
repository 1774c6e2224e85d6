"""The supervisor's own server: the admin service, on loopback, for the mesh's certificates only."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from malha.mesh.v1.mesh_service_pb2_grpc import add_MeshServiceServicer_to_server
from pydantic_settings import SettingsConfigDict

from services.mesh.errors import error_map
from services.mesh.operator import write_address
from services.mesh.rpc.servicer import MeshServicer
from services.mesh.topology import ADMIN, OPERATOR
from services.mesh.traces.receiver import Receiver, add_receiver_to_server
from services.runtime.logging import configure_logging
from services.runtime.server import ServerBuilder
from services.runtime.settings import LogLevel, RuntimeSettings
from services.runtime.telemetry import start_telemetry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

    from services.mesh.layout import Layout
    from services.mesh.rpc.observations import Figures
    from services.mesh.settings import MeshSettings
    from services.mesh.supervisor.administration import Administration
    from services.mesh.traces.store import TraceStore

SERVICE = "malha.mesh.v1.MeshService"
# Calls that run when the mesh stops are told so at once, and have this long to end.
_GRACE_SECONDS = 1.0


class AdminSettings(RuntimeSettings):
    """The server's settings, of which the mesh says everything: what the environment says is for the mesh itself."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is given in code."""
        return (init_settings,)


def log_to_file(layout: Layout, settings: MeshSettings) -> None:
    """Send what the server logs, and what libraries log in this process, to the file of the component `mesh`."""
    configure_logging(_settings(layout, settings))


@contextlib.asynccontextmanager
async def serving(
    mesh: Administration, traces: TraceStore, figures: Figures, layout: Layout, settings: MeshSettings
) -> AsyncIterator[str]:
    """Serve the admin service, and take spans into `traces`, while the block runs; gives the address.

    The workload `mesh` must have its identity.
    """
    admin = _settings(layout, settings)
    telemetry = start_telemetry(admin)
    builder = ServerBuilder(admin, telemetry=telemetry, errors=error_map(), required_services=[SERVICE])
    servicer = MeshServicer(mesh=mesh, traces=traces, figures=figures)
    builder.add(add_MeshServiceServicer_to_server, servicer)
    builder.add(add_receiver_to_server, Receiver(traces))
    server = builder.build()
    await server.start()
    write_address(layout, server.address, os.getpid())
    try:
        yield server.address
    finally:
        layout.admin_file.unlink(missing_ok=True)
        await server.stop(_GRACE_SECONDS)
        telemetry.close()


def _settings(layout: Layout, settings: MeshSettings) -> AdminSettings:
    return AdminSettings(
        state_dir=layout.root,
        component=ADMIN.name,
        replica=ADMIN.name,
        identity_dir=layout.identity / ADMIN.name,
        direct_callers=(OPERATOR,),
        log_level=LogLevel(settings.log_level),
        log_file=layout.logs / f"{ADMIN.name}.log",
        # The supervisor rotates all logs at their size; this is for a supervisor that does not come to it.
        log_file_bytes=2 * settings.log_bytes,
        drain_seconds=0,
        grace_seconds=_GRACE_SECONDS,
    )
