"""Runs the limiter as a replica of a mesh: what `services.runtime.server` does, around a server of our own."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

import structlog

from services.limits.domain.errors import WindowsUnavailable
from services.limits.rpc import health as health_rpc
from services.limits.wire.call import Route
from services.limits.wire.connection import Bounds
from services.limits.wire.gate import Gate
from services.limits.wire.server import WireServer
from services.limits.wire.tls import Contexts
from services.runtime import affinity
from services.runtime.errors import ErrorMap
from services.runtime.health import Check, Health
from services.runtime.identity.refusals import Refusals
from services.runtime.interceptors.metrics import Metrics
from services.runtime.metrics import MetricsServer
from services.runtime.registration import Registration
from services.runtime.settings import RuntimeSettings
from services.runtime.telemetry import Telemetry

_LOG = structlog.get_logger("server")
# Streams that one connection may have, for each call that is served at once: more are refused with a reason.
_STREAMS_PER_CALL: Final = 2


class Replica:
    """A server that can be started, drained and stopped; `run` does all three."""

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
        self._settings = settings
        self._registration = registration
        self.health = Health(frozenset(route.method.service for route in routes), tuple(checks))
        served = [*routes, *health_rpc.routes(self.health)]
        refusals = Refusals(registry)
        gate = Gate(
            served, errors, Metrics(registry), refusals, settings.max_concurrent_calls, told=(WindowsUnavailable,)
        )
        contexts = None if settings.identity_dir is None else Contexts(settings.identity_dir, registry)
        seconds = settings.max_connection_seconds
        if contexts is not None:
            # So that no connection outlives the certificate it was made with by more than its last calls.
            seconds = min(seconds, contexts.overlap)
        self._server = WireServer(
            gate, Bounds(settings.max_concurrent_calls * _STREAMS_PER_CALL, seconds), refusals, contexts
        )
        self._methods = len(served)
        self._metrics: MetricsServer | None = None
        if settings.metrics_listen is not None:
            self._metrics = MetricsServer(settings.metrics_listen, registry, self.health)
        self._tasks: list[asyncio.Task[None]] = []
        self.address = settings.listen

    async def start(self) -> None:
        """Listens and serves; `address` then has the real port. Registers as soon as it may be called."""
        self.address = await self._server.start(self._settings.listen)
        metrics_address = None if self._metrics is None else await self._metrics.start()
        self._tasks = [asyncio.create_task(self.health.keep_checking(check)) for check in self.health.checks]
        self._tasks.append(asyncio.create_task(self._register(metrics_address)))
        _LOG.info("server listens", address=self.address, methods=self._methods)

    async def run(self) -> None:
        """Serves until SIGTERM or SIGINT, then drains and stops. A second signal stops at once."""
        stop, hurry = asyncio.Event(), asyncio.Event()
        _on_signals(lambda: hurry.set() if stop.is_set() else stop.set())
        if self._settings.cpu is not None:
            affinity.keep_to(self._settings.cpu)
        try:
            await self.start()
            # What was loaded until now stays: no collection needs to look at it again.
            gc.collect()
            gc.freeze()
            await stop.wait()
            _LOG.info("server drains", seconds=self._settings.drain_seconds)
            await self.drain(hurry)
        finally:
            await self.stop(0 if hurry.is_set() else self._settings.grace_seconds)

    async def drain(self, hurry: asyncio.Event) -> None:
        """Says NOT_SERVING, then serves on for `drain_seconds`, so that every balancer has seen it."""
        self.health.drain()
        await self._registration.drain()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.drain_seconds):
                await hurry.wait()

    async def stop(self, grace: float) -> None:
        """Takes no new call, gives running ones `grace` seconds, and ends."""
        self.health.drain()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.stop(grace)
        await self._registration.close()
        if self._metrics is not None:
            await self._metrics.close()
        _LOG.info("server stopped")

    async def _register(self, metrics_address: str | None) -> None:
        await self.health.wait_until_serving()
        await self._registration.announce(self.address, metrics_address)


def _on_signals(act: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, act)
