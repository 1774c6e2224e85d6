"""The limiter as a replica of a mesh, around a server of our own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.limits.domain.errors import WindowsUnavailable
from services.limits.rpc import health as health_rpc
from services.limits.wire.call import Route
from services.limits.wire.connection import Bounds
from services.limits.wire.gate import Gate
from services.limits.wire.server import WireServer
from services.limits.wire.tls import Contexts
from services.runtime.errors import ErrorMap
from services.runtime.health import Check, Health
from services.runtime.identity.refusals import Refusals
from services.runtime.interceptors.metrics import Metrics
from services.runtime.registration import Registration
from services.runtime.replica import Replica
from services.runtime.settings import RuntimeSettings
from services.runtime.telemetry import Telemetry

# Streams that one connection may have, for each call that is served at once: more are refused with a reason.
_STREAMS_PER_CALL: Final = 2


class LimitsReplica(Replica):
    """Serves `routes`, and whether they can be called."""

    def __init__(
        self,
        settings: RuntimeSettings,
        *,
        telemetry: Telemetry,
        errors: ErrorMap,
        registration: Registration,
        routes: Sequence[Route],
        checks: Sequence[Check],
    ) -> None:
        """Within a running event loop. Raises IdentityUnreadable: the settings name an identity that is not there."""
        registry = telemetry.registry
        health = Health(frozenset(route.method.service for route in routes), tuple(checks))
        served = [*routes, *health_rpc.routes(health)]
        super().__init__(settings, registry, health, registration, len(served))
        refusals = Refusals(registry)
        gate = Gate(
            served, errors, Metrics(registry), refusals, settings.max_concurrent_calls, told=(WindowsUnavailable,)
        )
        contexts = None if settings.identity_dir is None else Contexts(settings.identity_dir, registry)
        seconds = settings.max_connection_seconds
        if contexts is not None:
            # So that no connection outlives the certificate it was made with by more than its last calls.
            seconds = min(seconds, contexts.overlap)
        bounds = Bounds(settings.max_concurrent_calls * _STREAMS_PER_CALL, seconds)
        self._server = WireServer(gate, bounds, refusals, contexts)

    async def _listen(self) -> str:
        return await self._server.start(self._settings.listen)

    async def _close(self, grace: float) -> None:
        await self._server.stop(grace)
