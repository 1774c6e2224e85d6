"""Asks the replicas for their figures, all at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from services.mesh.figures.exposition import Outcomes, parse

if TYPE_CHECKING:
    from collections.abc import Iterable

# A replica that takes longer is left out of this round.
_SECONDS = 1.0
_LARGEST = 16 * 1024 * 1024


class Source(NamedTuple):
    """Where one replica tells its figures."""

    component: str
    replica: str
    pid: int
    """Tells a replica from the one of the same name before it."""
    address: str
    """`host:port` of its metrics."""


async def scrape(sources: Iterable[Source]) -> dict[Source, Outcomes]:
    """The totals of each replica that answers within a second."""
    wanted = tuple(sources)
    pages = await asyncio.gather(*(_page(source) for source in wanted), return_exceptions=True)
    found: dict[Source, Outcomes] = {}
    for source, page in zip(wanted, pages, strict=True):
        if isinstance(page, Outcomes):
            found[source] = page
        elif not isinstance(
            page, OSError | ValueError | KeyError
        ):  # silent (a timeout is an OSError), or no page of ours
            raise page
    return found


async def _page(source: Source) -> Outcomes:
    async with asyncio.timeout(_SECONDS):
        host, _, port = source.address.rpartition(":")
        reader, writer = await asyncio.open_connection(host.strip("[]"), int(port), limit=_LARGEST)
        try:
            writer.write(f"GET /metrics HTTP/1.1\r\nHost: {source.address}\r\nConnection: close\r\n\r\n".encode())
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        finally:
            writer.close()
    if b" 200 " not in head.split(b"\r\n", 1)[0]:
        raise ValueError(f"{source.replica} does not tell its figures")
    return parse(source.component, body.decode())
