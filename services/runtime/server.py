"""Builds and runs the gRPC server of a service. No other module may."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any

import grpc
from grpc_channelz.v1 import channelz, channelz_pb2_grpc
from grpc_health.v1 import health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2_grpc
from redis.asyncio import Redis

from services.runtime import reflection
from services.runtime.auth.authority import Authority, MeshAuthority
from services.runtime.auth.guard import Guard
from services.runtime.errors import ErrorMap
from services.runtime.exceptions import ShuttingDown
from services.runtime.flags import Flags
from services.runtime.health import Check, Health
from services.runtime.identity.files import IdentityFolder
from services.runtime.identity.security import Security
from services.runtime.interceptors import Chain, Stage
from services.runtime.interceptors.admission import Admission
from services.runtime.interceptors.authorization import Authorization
from services.runtime.interceptors.caching import Caching
from services.runtime.interceptors.deadline import Deadline
from services.runtime.interceptors.errors import Errors
from services.runtime.interceptors.features import Features
from services.runtime.interceptors.logging import Logging
from services.runtime.interceptors.metrics import Metrics
from services.runtime.interceptors.tracing import Tracing
from services.runtime.interceptors.unguarded import Unguarded
from services.runtime.interceptors.validation import Validation
from services.runtime.memory import Memory
from services.runtime.method import ContractIncomplete, describe, is_platform, platform_method
from services.runtime.registration import Registration
from services.runtime.replica import Job, Replica
from services.runtime.services import HandlerTable, Recorder
from services.runtime.settings import RuntimeSettings
from services.runtime.telemetry import Telemetry

# grpc core refuses what is larger than the largest method allows by more than this, and without a reason; below, the
# chain refuses, with one.
_CORE_MARGIN = 1024 * 1024
# How long before the end of the grace the calls that still run are told so, in seconds.
_LAST_WORDS = 1.0

# Calls on one connection that may be on their way to a refusal, beside those that are served. More are cut off by the
# core, which to a caller looks like UNAVAILABLE: an overload that is tried again.
_REFUSALS = 1000

Register = Callable[[Any, Any], None]


class ServerBuilder:
    """Collects the services of a process, then serves them with everything the mesh expects of a server."""

    def __init__(
        self,
        settings: RuntimeSettings,
        *,
        telemetry: Telemetry,
        errors: ErrorMap | None = None,
        registration: Registration | None = None,
        required_services: Sequence[str] = (),
        extra_stages: Sequence[Stage] = (),
        redis: Redis | None = None,
        flags: Flags | None = None,
        authority: Authority | None = None,
    ) -> None:
        """What is given takes the place of what the settings make.

        `redis` is where replicas share the answers of cacheable methods; without it, each keeps its own. `flags` is for
        a service that asks for flags itself, `authority` for the one that issues the tokens.
        """
        self._settings = settings
        self._telemetry = telemetry
        self._errors = errors or ErrorMap()
        self._registration = registration
        self._required = frozenset(required_services)
        self._extra = tuple(extra_stages)
        self._redis = redis
        self._flags = flags or Flags(settings.flags_file, telemetry.registry)
        self._authority = authority
        self._recorder = Recorder()
        self._checks: list[Check] = []

    def add(self, register: Register, servicer: object) -> "ServerBuilder":
        """Adds a servicer by its generated `add_<Service>Servicer_to_server` function.

        A standard service that `services.runtime.method` knows needs no policy: neither limits nor rules for messages
        apply, and calls that succeed are not logged.
        """
        register(servicer, self._recorder)
        return self

    def health(
        self, name: str, check: Callable[[], Awaitable[None]], interval: float = 2.0, *, required: bool = True
    ) -> "ServerBuilder":
        """Adds a dependency: `check` raises when it does not answer; asked every `interval` seconds.

        The server is NOT_SERVING while a required one fails; another is only reported.
        """
        self._checks.append(Check(name, check, interval, required))
        return self

    def build(self) -> "Server":
        """The server, not started; within a running event loop.

        Raises:
            ContractIncomplete: a required service was not added, or a method lacks its policy or its implementation.
            FlagsInvalid: there is a file of flags, and it is unusable.
        """
        missing = self._required - self._recorder.services.keys()
        if missing or not self._recorder.services:
            raise ContractIncomplete(f"not registered: {', '.join(sorted(missing)) or 'any service'}")
        memory = Memory(self._settings.max_memory_bytes)
        admission = Admission(self._settings.max_concurrent_calls, memory)
        security = self._security()
        guard = self._guard()
        table = HandlerTable(Chain(self._stages(admission, security, guard)))
        for service, handlers in self._recorder.services.items():
            table.add(service, handlers, platform_method if is_platform(service) else describe)
        health = Health(table.services, tuple(self._checks))
        _add_platform(table, health, self._settings.neighbours)
        self._flags.load(switches={method.feature for method in table.methods if method.feature})
        jobs: list[Job] = [self._flags.watch]
        steps: list[Job] = []
        if guard is not None:
            jobs.append(guard.keep_current)
            steps.append(guard.tried)
        return Server(
            self._settings, self._telemetry, table, health, admission, memory, self._registration, security, jobs, steps
        )

    async def run(self) -> None:
        """Builds, then serves until SIGTERM or SIGINT and drains."""
        await self.build().run()

    def _security(self) -> Security | None:
        folder = self._settings.identity_dir
        return None if folder is None else Security(IdentityFolder(folder), self._telemetry.registry)

    def _guard(self) -> Guard | None:
        issuer = self._settings.issuer
        if issuer is None:
            return None
        return Guard(issuer, self._authority or MeshAuthority(self._settings), self._telemetry.registry)

    def _stages(self, admission: Admission, security: Security | None, guard: Guard | None) -> list[Stage]:
        tracer = self._telemetry.tracer
        stages: list[Stage] = [Metrics(self._telemetry.registry)]
        if tracer is not None:
            stages.append(Tracing(tracer))
        stages += [Logging(), Errors(self._errors)]
        if security is None:
            stages.append(Unguarded())
        else:
            tokens = None if guard is None else guard.tokens
            stages.append(Authorization(self._settings.direct_callers, security.refusals, tokens))
        caching = Caching(self._settings, self._errors, self._telemetry.registry, self._redis)
        return [*stages, Features(self._flags), admission, Deadline(), *self._extra, Validation(), caching]


def _add_platform(table: HandlerTable, health: Health, neighbours: Collection[str]) -> None:
    recorder = Recorder()
    known = table.services | reflection.services_of(neighbours)
    names = known | {"grpc.health.v1.Health", "grpc.channelz.v1.Channelz", reflection.V1, reflection.ALPHA}
    health_pb2_grpc.add_HealthServicer_to_server(health, recorder)
    channelz_pb2_grpc.add_ChannelzServicer_to_server(channelz.aio.ChannelzServicer(), recorder)
    reflection_pb2_grpc.add_ServerReflectionServicer_to_server(reflection.make_servicer(names), recorder)
    recorder.services[reflection.V1] = recorder.services[reflection.ALPHA]
    for service, handlers in recorder.services.items():
        table.add(service, handlers, platform_method)


class Server(Replica):
    """The gRPC server of a service."""

    def __init__(
        self,
        settings: RuntimeSettings,
        telemetry: Telemetry,
        table: HandlerTable,
        health: Health,
        admission: Admission,
        memory: Memory,
        registration: Registration | None,
        security: Security | None,
        jobs: Sequence[Job] = (),
        steps: Sequence[Job] = (),
    ) -> None:
        """`jobs` run beside the calls until the server stops; `steps` end before it registers."""
        self.methods = tuple(table.methods)
        watch = () if security is None else (security.watch,)
        jobs = (memory.keep_looking, *jobs, *watch)
        super().__init__(settings, telemetry.registry, health, registration, len(self.methods), jobs, steps)
        self._admission = admission
        self._memory = memory
        self._security = security
        self._server = grpc.aio.server(handlers=[table], options=_options(table, settings, security))

    @property
    def memory_is_scarce(self) -> bool:
        """Whether the process holds more memory than its settings allow."""
        return self._memory.scarce

    async def _listen(self) -> str:
        host = self._settings.listen.rpartition(":")[0]
        if self._security is None:
            port = self._server.add_insecure_port(self._settings.listen)
        else:
            port = self._server.add_secure_port(self._settings.listen, self._security.credentials)
        await self._server.start()
        return f"{host}:{port}"

    async def _close(self, grace: float) -> None:
        loop = asyncio.get_running_loop()
        last_words = loop.call_later(max(0.0, grace - _LAST_WORDS), self._interrupt_running)
        await self._server.stop(grace)
        last_words.cancel()

    def _interrupt_running(self) -> None:
        for call in self._admission.running:
            call.interrupt(ShuttingDown())


def _options(table: HandlerTable, settings: RuntimeSettings, security: Security | None) -> list[tuple[str, int]]:
    largest_request = max(method.max_request_bytes for method in table.methods)
    longest_call = max(method.timeout or 0.0 for method in table.methods)
    age = settings.max_connection_seconds
    if security is not None:
        # So that no connection outlives the certificate it was made with by more than its last calls.
        age = min(age, security.overlap)
    return [
        ("grpc.max_receive_message_length", largest_request + _CORE_MARGIN),
        ("grpc.max_send_message_length", -1),  # the chain knows each method's limit
        ("grpc.so_reuseport", 0),  # two processes on one port would share calls unnoticed
        ("grpc.enable_channelz", 1),
        ("grpc.max_connection_age_ms", int(age * 1000)),
        # Then it takes no new call; those that run may end in their own time, endless ones of the platform may not.
        ("grpc.max_connection_age_grace_ms", int(longest_call * 1000)),
        ("grpc.max_concurrent_streams", settings.max_concurrent_calls + _REFUSALS),
        # Envoy asks each connection twice a second whether somebody is there, calls or not.
        ("grpc.http2.min_recv_ping_interval_without_data_ms", 100),
        ("grpc.http2.max_ping_strikes", 0),
        ("grpc.keepalive_permit_without_calls", 1),
    ]
