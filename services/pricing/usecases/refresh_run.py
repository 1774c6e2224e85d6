"""One refresh on its way."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Final

from services.pricing.domain.errors import RefreshRefused
from services.pricing.domain.index import CatalogueIndex
from services.pricing.domain.invariants import check
from services.pricing.domain.loads import Counts, LoadState, Phase, RefreshProgress, RefreshRequest
from services.pricing.domain.offers import Offer, Provider
from services.pricing.domain.quarantine import HeldBack, QuarantinedRow, digest_of
from services.pricing.domain.readings import Batch, Coverage, Interruption, PriceSource, Progress, Validator
from services.pricing.domain.versions import Origin
from services.pricing.ports import CatalogueReader, Loads, LoadSession, Publication, QuarantineReader
from services.pricing.usecases.publish_version import build
from services.pricing.usecases.read_version import read_version
from services.pricing.usecases.review_of_load import held, sort_out, take_up
from services.runtime.clock import Clock

MOST_HELD_BACK: Final = 10_000
"""Rows that are no offers which one load puts into quarantine; all are counted."""
_NOTE_SECONDS: Final = 2.0
_STAGED: Final = 500
"""Offers that are staged together: many small batches would cost the record more than a few larger ones."""

Planned = Sequence[tuple[Provider, Sequence[PriceSource]]]


class RefreshRun:
    """Reads, checks, builds and publishes; `progress` is how far it is, and `news` is set when that changes."""

    def __init__(
        self,
        loads: Loads,
        catalogue: CatalogueReader,
        quarantine: QuarantineReader,
        clock: Clock,
        request: RefreshRequest,
        sources: Planned,
    ) -> None:
        self._loads = loads
        self._catalogue = catalogue
        self._quarantine = quarantine
        self._clock = clock
        self._request = request
        self._sources = sources
        self._began = self._noted = clock.monotonic()
        self._counts = Counts()
        self._coverage: list[Coverage] = []
        self._interruptions: list[Interruption] = []
        self._held_back: list[HeldBack] = []
        self._by_reason: Counter[str] = Counter()
        self.progress: RefreshProgress | None = None
        self.news = asyncio.Event()

    async def __call__(self) -> RefreshProgress:
        """All of it; the last word."""
        async with self._loads.begin(self._request) as session:
            known = await session.validators()
            for provider, sources in self._sources:
                for source in sources:
                    await self._read(session, provider, source, known)
            pending = await self._check(session)
            if not self._differs(pending):
                await session.end(LoadState.UNCHANGED, self._counts)
                return replace(self._tell(session, Phase.DONE), version=session.base)
            return await self._publish(session, pending)

    async def _read(
        self, session: LoadSession, provider: Provider, source: PriceSource, known: Mapping[str, Validator]
    ) -> None:
        def tell(reading: Progress) -> None:
            self._tell(session, Phase.READING, provider, reading)

        self._tell(session, Phase.READING, provider)
        waiting: list[Offer] = []
        async with aclosing(source.read(tell, known)) as batches:
            async for batch in batches:
                waiting += batch.offers
                if len(waiting) >= _STAGED:
                    await session.stage(waiting)
                    waiting = []
                self._take(batch)
                self._tell(session, Phase.READING, provider, None if self.progress is None else self.progress.reading)
                await self._note(session)
        if waiting:
            await session.stage(waiting)

    def _take(self, batch: Batch) -> None:
        self._coverage += batch.coverage
        self._interruptions += batch.interruptions
        for row in batch.rejected[: max(0, MOST_HELD_BACK - len(self._held_back))]:
            self._held_back.append(HeldBack(row.provider, row.reason, row.detail, row.source, row=row.row))
        self._by_reason.update(str(row.reason) for row in batch.rejected)
        self._counts = replace(
            self._counts,
            read=self._counts.read + len(batch.offers),
            rejected=self._counts.rejected + len(batch.rejected),
            out_of_scope=self._counts.out_of_scope + batch.out_of_scope.total(),
        )

    async def _check(self, session: LoadSession) -> list[QuarantinedRow]:
        """Leaves in the staging what may be published; the approved rows that are taken up with it."""
        pending = await self._quarantine.pending()
        previous = None if session.base is None else await read_version(self._catalogue, session.base)
        held_ids: set[str] = set()
        for provider in sorted({*self._request.providers, *(row.provider for row in pending)}):
            self._tell(session, Phase.CHECKING, provider)
            of_provider = [row for row in pending if row.provider is provider]
            held_ids |= await self._check_one(session, provider, previous, of_provider)
        del previous
        await session.settle(self._coverage, sorted(held_ids))
        opened, changed, ended = await session.plan()
        self._counts = replace(self._counts, opened=opened, changed=changed, ended=ended)
        return pending

    async def _check_one(
        self,
        session: LoadSession,
        provider: Provider,
        previous: CatalogueIndex | None,
        pending: Sequence[QuarantinedRow],
    ) -> set[str]:
        """The ids of the provider's offers that are held back. Raises RefreshRefused."""
        staged = [offer async for page in session.staged(provider) for offer in page]
        covered = [part for part in self._coverage if part.provider is provider]
        checked = await asyncio.to_thread(check, staged, previous, covered)
        self._count(len(checked.accepted), Counter(str(row.reason) for row in checked.quarantined))
        if checked.refused is not None:
            await session.end(LoadState.REFUSED, self._counts, checked.refused)
            raise RefreshRefused(session.load.id, provider, checked.refused)
        digests = [digest_of(held(row)) for row in checked.quarantined]
        found = sort_out(checked, await self._quarantine.decided(digests) if digests else {})
        take_up(found, pending)
        self._held_back += found.held_back
        await session.accept(provider, list(found.accepted.values()))
        return found.held

    def _count(self, accepted: int, quarantined: Counter[str]) -> None:
        self._by_reason += quarantined
        self._counts = replace(
            self._counts,
            accepted=self._counts.accepted + accepted,
            quarantined=self._counts.quarantined + quarantined.total(),
        )

    def _differs(self, pending: Sequence[QuarantinedRow]) -> bool:
        """Whether there is anything to publish: also prices that are what they were, since they are newer now."""
        counts = self._counts
        return bool(counts.accepted or counts.ended or pending or self._interruptions or self._held_back)

    async def _publish(self, session: LoadSession, pending: Sequence[QuarantinedRow]) -> RefreshProgress:
        self._tell(session, Phase.BUILDING)
        version, snapshot = await build(session, Origin.REFRESH, self._clock.now())
        if self._request.validate_only:
            await session.end(LoadState.VALIDATED, self._counts)
            return self._tell(session, Phase.DONE)
        self._tell(session, Phase.PUBLISHING)
        publication = Publication(
            version=version,
            snapshot=snapshot,
            coverage=self._coverage,
            interruptions=self._interruptions,
            held_back=self._held_back,
            approved=[row.id for row in pending],
        )
        await session.publish(publication, self._counts)
        return replace(self._tell(session, Phase.DONE), version=version)

    def _tell(
        self, session: LoadSession, phase: Phase, provider: Provider | None = None, reading: Progress | None = None
    ) -> RefreshProgress:
        self.progress = RefreshProgress(
            load=session.load.id,
            phase=phase,
            provider=provider,
            reading=reading,
            counts=self._counts,
            quarantined_by_reason=dict(self._by_reason),
            elapsed_seconds=self._clock.monotonic() - self._began,
        )
        self.news.set()
        return self.progress

    async def _note(self, session: LoadSession) -> None:
        """Notes in the record how far it is, now and then."""
        now = self._clock.monotonic()
        if now - self._noted >= _NOTE_SECONDS:
            self._noted = now
            await session.note(self._counts)
