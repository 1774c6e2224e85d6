"""Listens, and keeps the connections."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import suppress
from typing import Final

import structlog

from services.limits.wire.connection import Bounds, Connection
from services.limits.wire.gate import Gate
from services.limits.wire.tls import Contexts
from services.runtime.exceptions import ShuttingDown
from services.runtime.identity.handshakes import reason_in
from services.runtime.identity.refusals import Refusals

_LOG = structlog.get_logger("identity")
_BACKLOG: Final = 1_024
MOST_CONNECTIONS: Final = 512
_HANDSHAKE_SECONDS: Final = 5.0
_GOODBYE_SECONDS: Final = 0.5
_TEND_SECONDS: Final = 0.25
# How long nobody is let in when the system has no descriptor left.
_EXHAUSTED_SECONDS: Final = 0.1
# How long before the end of the grace the calls that still run are told so, in seconds.
_LAST_WORDS: Final = 1.0


class WireServer:
    """Serves the methods behind a gate, over TLS where it is given contexts for that."""

    def __init__(self, gate: Gate, bounds: Bounds, refusals: Refusals, contexts: Contexts | None = None) -> None:
        self._gate = gate
        self._bounds = bounds
        self._refusals = refusals
        self._contexts = contexts
        self._listener: socket.socket | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._arriving: set[asyncio.Task[None]] = set()
        self._connections: set[Connection] = set()
        self._empty = asyncio.Event()

    @property
    def connections(self) -> int:
        """How many connections there are."""
        return len(self._connections)

    async def start(self, address: str) -> str:
        """Listens at `host:port` and serves; the address with the port that was really taken.

        Raises:
            OSError: somebody else listens there.
        """
        host, _, port = address.rpartition(":")
        family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
        self._listener = socket.create_server((host.strip("[]"), int(port)), family=family, backlog=_BACKLOG)
        self._listener.setblocking(False)
        self._tasks = [asyncio.create_task(self._accept(self._listener)), asyncio.create_task(self._tend())]
        return f"{host}:{self._listener.getsockname()[1]}"

    async def stop(self, grace: float) -> None:
        """Takes no new call, gives running ones `grace` seconds, then tells them SHUTTING_DOWN and ends."""
        await self._close_listener()
        loop = asyncio.get_running_loop()
        for connection in list(self._connections):
            connection.lifetime.say_goodbye(loop.time())
        last_words = loop.call_later(max(0.0, grace - _LAST_WORDS), self._interrupt)
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                while self._connections:
                    self._empty.clear()
                    await self._empty.wait()
        last_words.cancel()
        for connection in list(self._connections):
            connection.abort()
        await _end(self._tasks)

    async def _close_listener(self) -> None:
        if self._tasks:
            await _end([self._tasks.pop(0)])
        if self._listener is not None:
            self._listener.close()
        await _end(list(self._arriving))

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, _ = await loop.sock_accept(listener)
            except OSError:  # too many open files, or a peer that has gone again
                await asyncio.sleep(_EXHAUSTED_SECONDS)
                continue
            if len(self._connections) + len(self._arriving) >= MOST_CONNECTIONS:
                self._refusals.count("too_many_connections")
                accepted.close()
                continue
            task = asyncio.create_task(self._welcome(accepted))
            self._arriving.add(task)
            task.add_done_callback(self._arriving.discard)

    async def _welcome(self, accepted: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        context = None if self._contexts is None else self._contexts.newest()
        timeout = None if context is None else _HANDSHAKE_SECONDS
        goodbye = None if context is None else _GOODBYE_SECONDS
        with suppress(OSError):  # it may have gone already
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            await loop.connect_accepted_socket(
                self._connect, accepted, ssl=context, ssl_handshake_timeout=timeout, ssl_shutdown_timeout=goodbye
            )
        except ssl.SSLError as error:
            reason = reason_in(str(error).encode())
            self._refusals.count(reason)
            _LOG.warning("peer refused", reason=reason)
        except OSError as error:  # it has gone, or came no further in time
            _LOG.info("peer lost", error=type(error).__name__)

    def _connect(self) -> Connection:
        return Connection(self._gate, self._bounds, self._connections.add, self._lost)

    def _lost(self, connection: Connection) -> None:
        self._connections.discard(connection)
        self._empty.set()

    async def _tend(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_TEND_SECONDS)
            now = loop.time()
            for connection in list(self._connections):
                connection.lifetime.tend(now)

    def _interrupt(self) -> None:
        for connection in list(self._connections):
            connection.interrupt(ShuttingDown())


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
