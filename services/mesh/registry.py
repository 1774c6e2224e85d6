"""Reads the registry: which replicas say that they are there, kept alive by their heartbeats."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from redis.asyncio import Redis

if TYPE_CHECKING:
    from pathlib import Path

_INDEX = "malha:registry"
_TIMEOUT_SECONDS = 0.25
_LARGEST_WEIGHT = 128


@dataclass(frozen=True, slots=True)
class Entry:
    """One replica as it registered itself."""

    component: str
    replica: str
    host: str
    port: int
    ready: bool
    """False while it drains."""
    pid: int
    version: str = ""
    zone: str = "local"
    weight: int = 1
    """1 to 128."""
    metrics_address: str = ""
    """Where it tells its figures, as `host:port`; empty: nowhere."""

    @property
    def address(self) -> str:
        """`host:port`."""
        return f"{self.host}:{self.port}"


class Registry:
    """The registry in the Redis whose URL is in `url_file`."""

    def __init__(self, url_file: Path) -> None:
        self._url_file = url_file
        self._client: Redis | None = None

    async def read(self) -> tuple[Entry, ...]:
        """All entries; raises `redis.RedisError` or OSError within a second when Redis does not answer."""
        client = self._connected()
        keys = sorted(await client.smembers(_INDEX))
        values = await client.mget(keys) if keys else []
        # A replica that lives adds its key again with its next heartbeat.
        if expired := [key for key, value in zip(keys, values, strict=True) if value is None]:
            await client.srem(_INDEX, *expired)
        entries = [_parse(value) for value in values if value is not None]
        return tuple(entry for entry in entries if entry is not None)

    async def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            await self._client.aclose()

    def _connected(self) -> Redis:
        if self._client is None:
            self._client = Redis.from_url(
                self._url_file.read_text().strip(),
                socket_timeout=_TIMEOUT_SECONDS,
                socket_connect_timeout=_TIMEOUT_SECONDS,
            )
        return self._client


def _parse(value: bytes | str) -> Entry | None:
    """None for what no replica of ours wrote: one bad entry must not hide the others."""
    try:
        data = json.loads(value)
        host, _, port = data["address"].rpartition(":")
        return Entry(
            component=str(data["component"]),
            replica=str(data["replica"]),
            host=host,
            port=int(port),
            ready=data["state"] == "ready",
            pid=int(data["pid"]),
            version=str(data["version"]),
            zone=str(data["zone"]),
            weight=min(max(int(data["weight"]), 1), _LARGEST_WEIGHT),
            metrics_address=str(data.get("metrics_address") or ""),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
