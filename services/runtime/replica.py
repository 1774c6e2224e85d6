"""The life of a replica, whatever its server is made of: it listens, registers, serves, drains and stops."""

import asyncio
import gc
import signal
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

import structlog
from prometheus_client import CollectorRegistry

from services.runtime.health import Health
from services.runtime.metrics import MetricsServer
from services.runtime.registration import Registration
from services.runtime.settings import RuntimeSettings

_LOG = structlog.get_logger("server")
_SIGNALS = (signal.SIGTERM, signal.SIGINT)

Job = Callable[[], Coroutine[Any, Any, None]]


class Replica(ABC):
    """A server that can be started, drained and stopped; `run` does all three."""

    def __init__(
        self,
        settings: RuntimeSettings,
        registry: CollectorRegistry,
        health: Health,
        registration: Registration | None,
        methods: int,
        jobs: Sequence[Job] = (),
        steps: Sequence[Job] = (),
    ) -> None:
        """`methods` is how many it has; `jobs` run until it stops; `steps` end before it registers."""
        self._settings = settings
        self._registration = registration
        self._methods = methods
        self._jobs = tuple(jobs)
        self._steps = tuple(steps)
        self._tasks: list[asyncio.Task[None]] = []
        self._metrics: MetricsServer | None = None
        if settings.metrics_listen is not None:
            self._metrics = MetricsServer(settings.metrics_listen, registry, health)
        self.health = health
        self.address = settings.listen
        self.metrics_address: str | None = None

    @abstractmethod
    async def _listen(self) -> str:
        """Takes calls from now on; the address with the port that was really taken."""

    @abstractmethod
    async def _close(self, grace: float) -> None:
        """Takes no new call, gives running ones `grace` seconds, then tells them SHUTTING_DOWN and ends."""

    async def start(self) -> None:
        """Listens and serves; `address` then has the real port. Registers as soon as the dependencies answer."""
        self.address = await self._listen()
        if self._metrics is not None:
            self.metrics_address = await self._metrics.start()
        self._tasks = [asyncio.create_task(self.health.keep_checking(check)) for check in self.health.checks]
        self._tasks += [asyncio.create_task(job()) for job in self._jobs]
        if self._registration is not None:
            self._tasks.append(asyncio.create_task(self._register(self._registration)))
        _LOG.info("server listens", address=self.address, methods=self._methods)

    async def run(self) -> None:
        """Serves until SIGTERM or SIGINT, then drains and stops. A second signal stops at once."""
        loop = asyncio.get_running_loop()
        stop, hurry = asyncio.Event(), asyncio.Event()
        for number in _SIGNALS:
            loop.add_signal_handler(number, lambda: hurry.set() if stop.is_set() else stop.set())
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
            for number in _SIGNALS:
                loop.remove_signal_handler(number)

    async def drain(self, hurry: asyncio.Event | None = None) -> None:
        """Says NOT_SERVING, then serves on for `drain_seconds`, so that every balancer has seen it."""
        self.health.drain()
        if self._registration is not None:
            await self._registration.drain()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.drain_seconds):
                await (hurry or asyncio.Event()).wait()

    async def stop(self, grace: float) -> None:
        """Takes no new call, gives running ones `grace` seconds, then tells them SHUTTING_DOWN and ends."""
        self.health.drain()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._close(grace)
        if self._registration is not None:
            await self._registration.close()
        if self._metrics is not None:
            await self._metrics.close()
        _LOG.info("server stopped")

    async def _register(self, registration: Registration) -> None:
        await self.health.wait_until_serving()
        for step in self._steps:
            await step()
        await registration.announce(self.address, self.metrics_address)
