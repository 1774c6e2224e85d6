"""Health as gRPC's standard service tells it, fed by checks of what the service really needs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.runtime.exceptions import UnknownService

_LOG = structlog.get_logger("health")
SERVING: int = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING: int = health_pb2.HealthCheckResponse.NOT_SERVING
SERVICE_UNKNOWN: int = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN

# A check may not take longer, or it has failed.
_CHECK_SECONDS = 1.0
# One failed check may be a hiccup; two in a row are not.
_FAILURES_TO_FALL = 2
# While something is down we ask often, so that its return is noticed at once.
_RETRY_SECONDS = 0.2


@dataclass(slots=True)
class Check:
    """A dependency: how to ask it, how often, whether the service can live without it, and what it last said."""

    name: str
    ask: Callable[[], Awaitable[None]]
    interval: float
    required: bool
    failures: int = _FAILURES_TO_FALL
    error: str = "not asked yet"

    @property
    def healthy(self) -> bool:
        return self.failures < _FAILURES_TO_FALL


class Health(health_pb2_grpc.HealthServicer):  # type: ignore[misc]  # untyped in grpcio
    """`grpc.health.v1.Health`: the empty name and each served service share one status; dependencies have their own.

    The shared status is SERVING when every required dependency answers and the server is not draining.
    """

    def __init__(self, services: frozenset[str], checks: tuple[Check, ...]) -> None:
        self._services = services | {""}
        self._checks = {check.name: check for check in checks}
        self._draining = False
        self._changed = asyncio.Event()

    @property
    def checks(self) -> tuple[Check, ...]:
        """The dependencies and their state."""
        return tuple(self._checks.values())

    @property
    def serving(self) -> bool:
        """Whether calls are welcome."""
        return not self._draining and all(c.healthy for c in self._checks.values() if c.required)

    async def wait_until_serving(self) -> None:
        """Returns as soon as calls are welcome."""
        while not self.serving:
            await self._changed.wait()

    def drain(self) -> None:
        """Says NOT_SERVING from now on, whatever the dependencies say."""
        self._draining = True
        self._announce()

    async def keep_checking(self, check: Check) -> None:
        """Asks `check` again and again, until cancelled."""
        while True:
            await self._ask(check)
            await asyncio.sleep(check.interval if check.healthy else _RETRY_SECONDS)

    async def _ask(self, check: Check) -> None:
        before = check.healthy
        try:
            async with asyncio.timeout(_CHECK_SECONDS):
                await check.ask()
        except Exception as error:
            check.failures += 1
            check.error = type(error).__name__
        else:
            check.failures = 0
            check.error = ""
        if check.healthy is not before:
            log = _LOG.info if check.healthy else _LOG.warning
            log("dependency", dependency=check.name, healthy=check.healthy, error=check.error)
            self._announce()

    def _announce(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _status(self, service: str) -> int | None:
        if service in self._services:
            return SERVING if self.serving else NOT_SERVING
        check = self._checks.get(service)
        if check is None:
            return None
        return SERVING if check.healthy else NOT_SERVING

    async def Check(self, request: Any, context: Any) -> Any:  # noqa: N802 - the contract's name
        """The status of one service; NOT_FOUND for a service that is not here."""
        status = self._status(request.service)
        if status is None:
            raise UnknownService(request.service)
        return health_pb2.HealthCheckResponse(status=status)

    async def List(self, request: Any, context: Any) -> Any:  # noqa: N802 - the contract's name
        """The status of every service and dependency."""
        response = health_pb2.HealthListResponse()
        for name in (*self._services, *self._checks):
            response.statuses[name].status = self._status(name)
        return response

    async def Watch(self, request: Any, context: Any) -> AsyncIterator[Any]:  # noqa: N802 - the contract's name
        """The status of one service now and at every change; SERVICE_UNKNOWN for a service that is not here."""
        last: int | None = None
        while True:
            changed = self._changed
            status = self._status(request.service)
            status = SERVICE_UNKNOWN if status is None else status
            if status != last:
                last = status
                yield health_pb2.HealthCheckResponse(status=status)
            await changed.wait()
