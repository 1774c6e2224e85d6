"""Puts the reading of the log together, and its upkeep."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from malha.identity.v1.audit_service_pb2_grpc import add_AuditServiceServicer_to_server
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from services.identity.audit.refusals.intake import Intake
from services.identity.audit.refusals.methods import Methods
from services.identity.audit.refusals.tally import Tally
from services.identity.audit.rpc.entries import AuditServicer
from services.identity.audit.rpc.refusals import RefusalsServicer, add_refusals_to_server
from services.runtime.audit import Auditing, Writer
from services.runtime.audit.keys import seal_key
from services.runtime.audit.upkeep import LogUpkeep
from services.runtime.lifespan import Lifespan
from services.runtime.server import ServerBuilder

SERVICE = "malha.identity.v1.AuditService"


class AuditLog:
    """The log in one process: its rpcs, its upkeep, what Envoy refuses, and the stage for what calls here leave.

    `state` is the mesh's state folder, which holds the key of the checkpoints; `retention` None keeps entries for ever.
    `put` takes entries that belong to no change, and how many each stands for.
    Give `stage` to the server's builder, `run` it within the lifespan that ends before the database, and `serve` it.
    """

    def __init__(
        self, engine: AsyncEngine, registry: CollectorRegistry, state: Path, retention: timedelta | None = None
    ) -> None:
        key = seal_key(state / "secrets" / "audit-key")
        self._servicer = AuditServicer(engine=engine, key=key)
        self._upkeep = LogUpkeep(engine, registry, key, retention)
        self._writer = Writer(engine, registry)
        self._tally = Tally(self._writer.put)
        self._refusals = RefusalsServicer(intake=Intake(self._tally, Methods()))
        self.stage = Auditing(self._writer)
        self.put = self._writer.put

    async def run(self, lifespan: Lifespan) -> None:
        """Starts what goes on beside the calls."""
        await lifespan.start("audit log", self._writer.start, self._writer.close)
        await lifespan.start("refusals by Envoy", self._tally.start, self._tally.close)
        await lifespan.start("audit upkeep", self._upkeep.start, self._upkeep.close)

    def serve(self, server: ServerBuilder) -> None:
        """Adds the services to a server: that which reads the log, and that which Envoy tells of refusals."""
        server.add(add_AuditServiceServicer_to_server, self._servicer)
        server.add(add_refusals_to_server, self._refusals)
