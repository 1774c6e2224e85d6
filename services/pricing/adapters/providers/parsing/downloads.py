"""Fetches documents within the worker process: what comes over the line costs processor time, too."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Self

import httpx

from services.pricing.adapters.providers.fetching import Fetcher, open_client
from services.pricing.adapters.providers.parsing.frames import Answer, Brought, Failed, Fetch, Received
from services.pricing.domain.readings import SourceFailed

_STEP = 1024 * 1024
"""Bytes after which a download is told again."""


class Downloads:
    """An event loop that runs while something is fetched; its connections stay open for the next document."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._client: AbstractAsyncContextManager[httpx.AsyncClient] | None = None
        self._fetcher: Fetcher | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            self._runner.run(self._client.__aexit__(None, None, None))
        self._runner.close()

    def perform(self, message: Fetch, send: Callable[[Answer], None]) -> None:
        """Answer a message: how far it is, and at last that it is there or has failed."""
        try:
            self._runner.run(self._fetch(message, send))
        except SourceFailed as error:
            send(Failed(error.why, error.detail))

    async def _fetch(self, message: Fetch, send: Callable[[Answer], None]) -> None:
        if self._fetcher is None:
            self._client = open_client(message.settings)
            client = await self._client.__aenter__()
            self._fetcher = Fetcher(message.settings, message.addresses, client)
        told = 0

        def progress(received: int, total: int | None) -> None:
            nonlocal told
            if received == total or not 0 <= received - told < _STEP:
                told = received
                send(Received(received, total))

        send(Brought(await self._fetcher.fetch(message.document, message.target, message.known, progress)))
