"""Reads documents one by one: fetched whole into a scratch file and parsed in another process, told in batches."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from services.pricing.adapters.providers.addresses import Addresses
from services.pricing.adapters.providers.parsing.documents import Unreadable, read_page
from services.pricing.adapters.providers.parsing.frames import Done, Fetch, Part, Task
from services.pricing.adapters.providers.parsing.process import WorkerProcess
from services.pricing.adapters.providers.requests import Document, Fetched
from services.pricing.adapters.providers.settings import FetchSettings
from services.pricing.domain.offers import Provider
from services.pricing.domain.readings import Batch, Progress, SourceFailed, SourceFailure, Validator

_LEFT_SECONDS = 86_400.0
_LARGEST_INDEX = 16 * 1024 * 1024


class Reader:
    """What a source reads with; made by `open_reader`."""

    def __init__(
        self,
        provider: Provider,
        settings: FetchSettings,
        addresses: Addresses,
        scratch: Path,
        report: Callable[[Progress], None],
    ) -> None:
        self._settings = settings
        self._addresses = addresses
        self._scratch = scratch
        self._report = report
        self.process = WorkerProcess(provider, settings)
        self.documents_done = 0
        self.documents_total: int | None = None

    @property
    def done(self) -> Done:
        """How the last document ended."""
        return self.process.done

    async def fetch(self, document: Document, known: Validator | None = None, name: str = "document") -> Fetched | None:
        """The whole document in a file of this name, or None when it is what `known` says. Raises SourceFailed."""
        target = self._scratch / name
        message = Fetch(document, target, known or Validator(), self._settings, self._addresses)
        fetched = await self.process.fetch(message, lambda *count: self._tell(document.url, *count))
        if fetched is None:
            return None
        self._tell(document.url, fetched.size, fetched.size)
        return fetched

    async def parse(
        self, parser: str, url: str, fetched: Fetched | None, region: str = "", regions: tuple[str, ...] = ()
    ) -> AsyncGenerator[Batch, None]:
        """The batches of a document, or of what the documents so far come to. Raises SourceFailed."""
        task = Task(
            parser=parser,
            path=str(fetched.path) if fetched else "",
            encoding=fetched.encoding if fetched else "",
            largest=self._settings.largest_decoded,
            document=url,
            observed_at=fetched.observed_at if fetched else datetime.now(UTC),
            region=region,
            regions=regions,
        )
        size = fetched.size if fetched else 0
        async with contextlib.aclosing(self.process.parse(task)) as parts:
            async for part in parts:
                self._tell(url, size, size, part)
                batch = Batch(
                    part.offers, part.rejected, Counter(part.out_of_scope), part.interruptions
                )  # fmt: skip
                if batch != Batch():
                    yield batch

    async def page(self, fetched: Fetched, url: str) -> bytes:
        """A small document, such as an index, whole. Raises SourceFailed."""
        task = Task("", str(fetched.path), fetched.encoding, _LARGEST_INDEX, url, fetched.observed_at)
        try:
            return await asyncio.to_thread(read_page, task)
        except Unreadable as error:
            raise SourceFailed(url, error.why, error.detail) from error

    def _tell(self, url: str, received: int, total: int | None, part: Part | None = None) -> None:
        counts = (part.rows, part.rows_accepted, part.rows_rejected, part.rows_out_of_scope) if part else (0, 0, 0, 0)
        self._report(Progress(url, received, total, *counts, self.documents_done, self.documents_total))


@contextlib.asynccontextmanager
async def open_reader(
    provider: Provider, settings: FetchSettings, addresses: Addresses, report: Callable[[Progress], None]
) -> AsyncIterator[Reader]:
    """A reader, whose process and scratch files are gone afterwards. Raises SourceFailed when there is no scratch."""
    try:
        scratch = await asyncio.to_thread(_scratch, settings.scratch, provider)
    except OSError as error:
        detail = f"scratch folder: {error.strerror}"
        raise SourceFailed(provider, SourceFailure.UNREACHABLE, detail) from error
    try:
        reader = Reader(provider, settings, addresses, scratch, report)
        try:
            yield reader
        finally:
            await reader.process.stop()
    finally:
        # Hundreds of megabytes take a tenth of a second to go, in which the event loop would serve nobody.
        await asyncio.shield(asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True))


def _scratch(folder: Path, provider: Provider) -> Path:
    """A new folder in this one. What readings left there that were killed goes after a day."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in folder.glob(f"{provider}-*"):
        if left.stat().st_mtime < time.time() - _LEFT_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{provider}-", dir=folder))


def known_of(known: Mapping[str, Validator], url: str) -> Validator:
    """What is known of a document; an empty validator for nothing."""
    return known.get(url, Validator())
