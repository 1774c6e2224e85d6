"""The asyncio client: `async with malha.aio.connect() as client: ...`."""

from malha.aio.client import AsyncClient, connect

__all__ = ["AsyncClient", "connect"]
