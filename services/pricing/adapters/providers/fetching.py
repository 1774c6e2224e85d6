"""Fetches one document into a file: whole, or not at all."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urljoin

import httpx

from services.pricing.adapters.providers.addresses import Addresses
from services.pricing.adapters.providers.attempts import Attempt, AttemptFailed, judge
from services.pricing.adapters.providers.backoff import pause
from services.pricing.adapters.providers.requests import Document, Fetched
from services.pricing.adapters.providers.settings import FetchSettings
from services.pricing.domain.readings import SourceFailed, SourceFailure, Validator

_CHUNK = 256 * 1024
_REDIRECTS = 3


class Fetcher:
    """Fetches with pauses, and resumes where the server allows; one document at a time."""

    def __init__(self, settings: FetchSettings, addresses: Addresses, client: httpx.AsyncClient) -> None:
        self._settings = settings
        self._addresses = addresses
        self._client = client

    async def fetch(
        self, document: Document, target: Path, known: Validator, progress: Callable[[int, int | None], None]
    ) -> Fetched | None:
        """The document in `target`, or None when it is what `known` says. `progress` hears bytes so far and in all.

        Raises SourceFailed.
        """
        try:
            async with asyncio.timeout(self._settings.total_seconds):
                return await self._fetch(document, target, known, progress)
        except TimeoutError as error:
            detail = f"not read within {self._settings.total_seconds:g} seconds"
            raise SourceFailed(document.url, SourceFailure.UNREACHABLE, detail) from error

    async def _fetch(
        self, document: Document, target: Path, known: Validator, progress: Callable[[int, int | None], None]
    ) -> Fetched | None:
        attempt = Attempt(known=known)
        failures = 0
        async with _opened(target) as file:
            while True:
                before = attempt.received
                try:
                    return await self._attempt(document, target, file, attempt, progress)
                except AttemptFailed as failed:
                    failures = 1 if attempt.received > before else failures + 1
                    if failed.final or failures >= self._settings.attempts:
                        raise SourceFailed(document.url, failed.why, failed.detail) from failed
                    if failed.wait is not None and failed.wait > self._settings.longest_wait:
                        detail = f"asks to wait for {failed.wait:g} seconds"
                        raise SourceFailed(document.url, failed.why, detail) from failed
                    wait = pause(failures, self._settings.first_pause, self._settings.longest_pause)
                    # What the server asked for is the least; the jitter keeps all who wait from coming back at once.
                    await asyncio.sleep(wait if failed.wait is None else failed.wait + wait)

    async def _attempt(
        self,
        document: Document,
        target: Path,
        file: BinaryIO,
        attempt: Attempt,
        progress: Callable[[int, int | None], None],
    ) -> Fetched | None:
        async with contextlib.AsyncExitStack() as stack:
            try:
                response = await self._open(stack, document, attempt)
                if judge(response, attempt) is None:
                    return None
                await self._receive(response, file, attempt, progress)
            except (httpx.TransportError, httpx.StreamError) as error:
                raise AttemptFailed(SourceFailure.UNREACHABLE, type(error).__name__) from error
            except OSError as error:
                raise AttemptFailed(SourceFailure.UNREACHABLE, f"scratch file: {error.strerror}", final=True) from error
        return Fetched(target, attempt.received, attempt.encoding, attempt.validator, datetime.now(UTC))

    async def _open(self, stack: contextlib.AsyncExitStack, document: Document, attempt: Attempt) -> httpx.Response:
        """The response's head, after at most three redirects to hosts of the source."""
        url = document.url
        for _ in range(_REDIRECTS + 1):
            self._addresses.check(url)
            own = document.headers_at(datetime.now(UTC))
            headers = {"user-agent": self._settings.user_agent, **own, **attempt.headers()}
            request = self._client.build_request(document.method, url, content=document.form or None, headers=headers)
            response = await self._client.send(request, stream=True, follow_redirects=False)
            stack.push_async_callback(response.aclose)
            if not response.has_redirect_location:
                return response
            if document.method != "GET":
                break
            url = urljoin(url, response.headers["location"])
        raise AttemptFailed(SourceFailure.INVALID, "too many redirects", final=True)

    async def _receive(
        self,
        response: httpx.Response,
        file: BinaryIO,
        attempt: Attempt,
        progress: Callable[[int, int | None], None],
    ) -> None:
        """Append the body to what is there already, and check that it is whole."""
        largest = self._settings.largest_bytes
        if attempt.total is not None and attempt.total > largest:
            raise AttemptFailed(SourceFailure.TOO_LARGE, f"{attempt.total} bytes, at most {largest}", final=True)
        file.seek(attempt.received)
        file.truncate()
        async for chunk in response.aiter_raw(_CHUNK):
            if attempt.received + len(chunk) > largest:
                raise AttemptFailed(SourceFailure.TOO_LARGE, f"more than {largest} bytes", final=True)
            await asyncio.to_thread(file.write, chunk)  # a disk that is busy must not stop the event loop
            attempt.received += len(chunk)
            progress(attempt.received, attempt.total)
        await asyncio.to_thread(file.flush)
        if attempt.total is not None and attempt.received != attempt.total:
            detail = f"ended after {attempt.received} of {attempt.total} bytes"
            raise AttemptFailed(SourceFailure.UNREACHABLE, detail)


@contextlib.asynccontextmanager
async def _opened(target: Path) -> AsyncIterator[BinaryIO]:
    """The file, empty. To open and to close it can take a disk a while, too."""
    file = await asyncio.to_thread(target.open, "wb")
    try:
        yield file
    finally:
        await asyncio.shield(asyncio.to_thread(file.close))


@contextlib.asynccontextmanager
async def open_client(settings: FetchSettings) -> AsyncIterator[httpx.AsyncClient]:
    """A client for a reading: nothing of the environment (proxies, .netrc), no cookies kept beyond it."""
    # Reading all authorities takes a tenth of a second and more, in which the event loop would serve nobody.
    context = await asyncio.to_thread(httpx.create_ssl_context, trust_env=False)
    timeout = httpx.Timeout(settings.idle_seconds, connect=settings.connect_seconds)
    limits = httpx.Limits(max_connections=4, max_keepalive_connections=2)
    async with httpx.AsyncClient(verify=context, timeout=timeout, limits=limits, trust_env=False) as client:
        yield client
