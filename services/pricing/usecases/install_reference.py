"""Publish the catalogue that the project brings along, where there is nothing newer."""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from services.pricing.domain.errors import RefreshInProgress, RefreshRefused
from services.pricing.domain.invariants import check
from services.pricing.domain.loads import Counts, LoadState, RefreshRequest
from services.pricing.domain.offers import Offer, Provider
from services.pricing.domain.quarantine import HeldBack
from services.pricing.domain.versions import Origin, Version
from services.pricing.ports import CatalogueReader, Loads, LoadSession, Publication
from services.pricing.usecases.publish_version import build
from services.pricing.usecases.review_of_load import held
from services.runtime.clock import Clock

_WAIT_SECONDS: Final = 0.25


@dataclass(frozen=True, slots=True)
class InstallReference:
    """Makes the first version of a new installation, and replaces it when a newer reference catalogue comes with a
    release. Once prices were refreshed, it changes nothing any more."""

    loads: Loads
    catalogue: CatalogueReader
    load_reference: Callable[[], Sequence[Offer]]
    clock: Clock

    async def __call__(self, patience: float = 20.0) -> Version | None:
        """The newest version, which it may just have made; None when somebody else, who loads, is not done within
        `patience` seconds, and there is no version yet.

        Any number of processes may call it at once. Raises RefreshRefused when the reference breaks an invariant.
        """
        offers = await asyncio.to_thread(self.load_reference)
        digest = await asyncio.to_thread(_digest, offers)
        end = self.clock.monotonic() + patience
        while True:
            newest = await self.catalogue.newest()
            if newest is not None and not await self._outdated(newest, offers, digest):
                return newest
            try:
                async with self.loads.begin(RefreshRequest(tuple(Provider))) as session:
                    # Who had the lock before us may have done it.
                    if session.base == newest:
                        return await self._install(session, offers, digest)
                    await session.end(LoadState.UNCHANGED, Counts())
            except RefreshInProgress:
                if self.clock.monotonic() >= end:
                    return newest
                await asyncio.sleep(_WAIT_SECONDS)

    async def _outdated(self, newest: Version, offers: Sequence[Offer], digest: bytes) -> bool:
        """Whether the newest version is an older reference. Releases of different age may run beside each other: the
        older one leaves what the newer one brought."""
        if newest.origin is not Origin.REFERENCE or await self.catalogue.reference_digest(newest.number) == digest:
            return False
        return max(offer.source.observed_at for offer in offers) >= newest.read_to

    async def _install(self, session: LoadSession, offers: Sequence[Offer], digest: bytes) -> Version:
        by_provider: defaultdict[Provider, list[Offer]] = defaultdict(list)
        for offer in offers:
            by_provider[offer.key.provider].append(offer)
        held_back: list[HeldBack] = []
        accepted = 0
        for provider, some in sorted(by_provider.items()):
            checked = await asyncio.to_thread(check, some, None)
            if checked.refused is not None:
                await session.end(LoadState.REFUSED, Counts(read=len(offers)), checked.refused)
                raise RefreshRefused(session.load.id, provider, checked.refused)
            held_back += [held(row) for row in checked.quarantined]
            accepted += len(checked.accepted)
            await session.accept(provider, checked.accepted)
        await session.settle_all()
        opened, changed, ended = await session.plan()
        counts = Counts(len(offers), 0, 0, accepted, len(held_back), opened, changed, ended)
        version, snapshot = await build(session, Origin.REFERENCE, self.clock.now())
        publication = Publication(version, snapshot, held_back=held_back, reference_digest=digest)
        await session.publish(publication, counts)
        return version


def _digest(offers: Sequence[Offer]) -> bytes:
    """What tells one reference from another: all that is known of every offer."""
    hashed = hashlib.sha256()
    for line in sorted(repr(offer) for offer in offers):
        hashed.update(line.encode() + b"\n")
    return hashed.digest()
