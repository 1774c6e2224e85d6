"""The embedded Redis: caches and the registry of replicas; loopback TCP with a password, appended to disk."""

from __future__ import annotations

import secrets
import signal
from typing import TYPE_CHECKING

from redis.asyncio import Redis as Client

from services.mesh.layout import write_private
from services.mesh.settings import inherited_environment
from services.mesh.supervisor.ports import free_port
from services.mesh.supervisor.unit import Command
from services.mesh.topology import Backing

if TYPE_CHECKING:
    from pathlib import Path

    from services.mesh.layout import Layout

_CONFIG = """\
bind 127.0.0.1
protected-mode yes
port {port}
requirepass {password}
dir "{folder}"
appendonly yes
appendfsync everysec
save ""
# What has no lifetime is never evicted; of the caches, what was not used for longest.
maxmemory 256mb
maxmemory-policy volatile-lru
"""


class Redis:
    """The program; `url_file` holds the URL that services connect with."""

    name: str = Backing.REDIS
    component: str = Backing.REDIS
    stop_signal = signal.SIGTERM
    stop_seconds = 10.0
    start_seconds = 30.0

    def __init__(self, layout: Layout, server: Path) -> None:
        self._layout = layout
        self._server = server
        self._port = free_port()
        self.url_file = layout.secrets / "redis-url"
        self._client: Client | None = None

    async def prepare(self) -> Command:
        """Write the configuration, which holds the password, and the URL."""
        password = self._password()
        config = self._layout.redis / "redis.conf"
        write_private(config, _CONFIG.format(port=self._port, password=password, folder=self._layout.redis))
        write_private(self.url_file, self._url())
        argv = (str(self._server), str(config))
        return Command(argv, inherited_environment(), self._layout.redis, f"127.0.0.1:{self._port}")

    async def probe(self) -> None:
        """A PING; an answer while the data is still loading is an error."""
        if self._client is None:
            self._client = Client.from_url(self._url(), socket_timeout=1.0, socket_connect_timeout=1.0)
        await self._client.ping()

    async def stopping(self) -> None:
        """Close our own connection."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _url(self) -> str:
        return f"redis://:{self._password()}@127.0.0.1:{self._port}/0"

    def _password(self) -> str:
        path = self._layout.secrets / "redis-password"
        if not path.exists():
            write_private(path, secrets.token_hex(24))
        return path.read_text()
