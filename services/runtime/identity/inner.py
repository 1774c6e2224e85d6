"""The channel through which a service calls the others: the mesh's inner listener, under this workload's identity."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from contextvars import Context
from types import TracebackType
from typing import Any, Self

import grpc
import grpc.aio
import structlog
from google.protobuf.descriptor import ServiceDescriptor
from malha.service_config import channel_options
from opentelemetry import trace

from services.runtime.identity.credentials import channel_credentials
from services.runtime.identity.files import Identity, IdentityFolder
from services.runtime.identity.outgoing import Outgoing
from services.runtime.identity.spiffe import ENVOY, server_name
from services.runtime.settings import RuntimeSettings

_LOG = structlog.get_logger("identity")
# How often, at most, a call looks for a new identity, in seconds.
_LOOK_SECONDS = 0.25
# After this long without a connection under the new identity, there may be a newer one still.
_CONNECT_SECONDS = 5.0
# What the calls on an old connection get to finish: longer than any method's timeout.
_FINISH_SECONDS = 3600.0
# A mesh that was away is there again soon: try often. `min` is how long one attempt may take.
_RECONNECTING = (
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 2_000),
    ("grpc.max_reconnect_backoff_ms", 1_000),
)


class MeshMissing(Exception):
    """There is no mesh to call through: `MALHA_INNER_ADDRESS` is not set."""


class InnerChannel(grpc.aio.Channel):
    """A channel for generated stubs that outlives every rotation of the identity.

    gRPC cannot change a channel's certificate. So, when the identity has rotated, another channel is made and, once it
    is connected, takes all new calls; running ones finish on the old one. Each call takes along what is left of the
    deadline of the rpc it is made in, its trace and its request id. Timeouts, sizes and retries are the contract's.
    """

    def __init__(
        self, settings: RuntimeSettings, services: Sequence[ServiceDescriptor], tracer: trace.Tracer | None = None
    ) -> None:
        """A channel to whatever `services` the mesh has; it connects on the first call. Without an identity: plaintext.

        With a `tracer` each call gets a span of its own where the trace of the rpc it is made in is kept.

        Raises:
            MeshMissing: the settings name no inner address.
            IdentityUnreadable: they name an identity that is not there.
        """
        if settings.inner_address is None:
            raise MeshMissing
        self._address = settings.inner_address
        self._options = (
            *channel_options(tuple(services)),
            ("grpc.ssl_target_name_override", server_name(ENVOY)),
            # A connection of its own: one made under an earlier identity must not be shared.
            ("grpc.use_local_subchannel_pool", 1),
            *_RECONNECTING,
        )
        self._folder = IdentityFolder(settings.identity_dir) if settings.identity_dir else None
        self.tracer = tracer
        self._identity = self._folder.last if self._folder else None
        self._channel = self._open(self._identity)
        self._look_at = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        self._replacing: asyncio.Task[None] | None = None

    def newest(self) -> grpc.aio.Channel:
        """The channel for a call that begins now."""
        if self._folder is not None and self._replacing is None and time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + _LOOK_SECONDS
            if self._folder.latest() is not self._identity:
                self._rotate(self._folder)
        return self._channel

    def _rotate(self, folder: IdentityFolder) -> None:
        """Takes the new identity up: at once where there is no connection to keep, else when there is another one."""
        if self._channel.get_state() is grpc.ChannelConnectivity.READY:
            self._replacing = self._spawn(self._replace(folder))
        else:
            self._take(folder.last, self._open(folder.last))

    def _take(self, identity: Identity, fresh: grpc.aio.Channel) -> None:
        old, self._channel, self._identity = self._channel, fresh, identity
        self._spawn(old.close(_FINISH_SECONDS))
        _LOG.info("identity rotated", generation=identity.generation)

    async def _replace(self, folder: IdentityFolder) -> None:
        try:
            identity, fresh = await self._connect(folder)
        finally:
            self._replacing = None
        self._take(identity, fresh)

    async def _connect(self, folder: IdentityFolder) -> tuple[Identity, grpc.aio.Channel]:
        """A connected channel under the newest identity; until there is one, calls take the old channel."""
        while True:
            identity = folder.latest()
            fresh = self._open(identity)
            try:
                async with asyncio.timeout(_CONNECT_SECONDS):
                    await fresh.channel_ready()
                return identity, fresh
            except TimeoutError:
                await fresh.close()
            except BaseException:
                await fresh.close()
                raise

    def _open(self, identity: Identity | None) -> grpc.aio.Channel:
        if identity is None:
            return grpc.aio.insecure_channel(self._address, self._options)
        return grpc.aio.secure_channel(self._address, channel_credentials(identity), self._options)

    def _spawn(self, work: Any) -> "asyncio.Task[None]":
        # In a context of its own: it is no part of the call that happened to notice.
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work, context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self, grace: float | None = None) -> None:
        """Ends all calls, those on old connections included, after `grace` seconds at most."""
        if self._replacing is not None:
            self._replacing.cancel()
        await self._channel.close(grace)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        """The state of the newest connection."""
        return self._channel.get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        """Waits for the newest connection to change its state."""
        await self._channel.wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        """Returns as soon as the newest connection stands."""
        await self._channel.channel_ready()

    def unary_unary(self, method: str, *args: Any, **options: Any) -> Any:
        """A callable for the method, like that of any channel; so are the other three."""
        return _method(self, "unary_unary", method, args, options)

    def unary_stream(self, method: str, *args: Any, **options: Any) -> Any:
        """See `unary_unary`."""
        return _method(self, "unary_stream", method, args, options)

    def stream_unary(self, method: str, *args: Any, **options: Any) -> Any:
        """See `unary_unary`."""
        return _method(self, "stream_unary", method, args, options)

    def stream_stream(self, method: str, *args: Any, **options: Any) -> Any:
        """See `unary_unary`."""
        return _method(self, "stream_stream", method, args, options)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()


def _method(inner: InnerChannel, shape: str, path: str, args: Any, options: Any) -> Callable[..., Any]:
    made_for: grpc.aio.Channel | None = None
    begin: Any = None

    def call(
        request: Any = None,
        *,
        timeout: float | None = None,
        metadata: Iterable[tuple[str, str | bytes]] | None = None,
        **further: Any,
    ) -> Any:
        nonlocal made_for, begin
        channel = inner.newest()
        if channel is not made_for:
            begin, made_for = getattr(channel, shape)(path, *args, **options), channel
        outgoing = Outgoing(path, timeout, metadata, inner.tracer)
        running = begin(request, timeout=outgoing.timeout, metadata=outgoing.metadata, **further)
        outgoing.follow(running)
        return running

    return call
