"""The one transaction that makes a version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import asyncpg

from services.pricing.adapters.postgres.pacing import Pace
from services.pricing.adapters.postgres.parts import Parts
from services.pricing.adapters.postgres.quarantine_rows import held_rows
from services.pricing.adapters.postgres.session import STATEMENT, transaction
from services.pricing.adapters.postgres.spans import Spans
from services.pricing.domain.errors import RefreshInProgress
from services.pricing.domain.loads import Load
from services.pricing.ports import Publication

CHANNEL: Final = "pricing_versions"
"""Where the number of a new version is told to whoever listens."""
KEPT_SNAPSHOTS: Final = 32
"""Versions whose index is kept: those that a page token or a replica that comes back may still ask for."""

_SECONDS = STATEMENT.total_seconds()
_VERSION = """
    INSERT INTO pricing.versions (number, published_at, origin, read_from, read_to, offers, load, reference_digest)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_DOCUMENT = """
    INSERT INTO pricing.documents (provider, document, etag, last_modified, published_at, version)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (provider, document) DO UPDATE SET etag = excluded.etag,
    last_modified = excluded.last_modified, published_at = excluded.published_at, version = excluded.version
"""
_INTERRUPTION = """
    INSERT INTO pricing.interruptions
    (provider, region, instance_type, os, percent_from, percent_to, source, version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (provider, region, instance_type, os) DO UPDATE
    SET percent_from = excluded.percent_from, percent_to = excluded.percent_to, source = excluded.source,
    version = excluded.version
"""
_HELD = """
    INSERT INTO pricing.quarantine (id, digest, provider, reason, detail, source, "row", offer, state, first_load,
    last_load, first_seen_at, last_seen_at, times_seen)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open', $9, $9, $10, $10, 1)
    ON CONFLICT (digest) DO UPDATE SET last_load = excluded.last_load, last_seen_at = excluded.last_seen_at,
    detail = excluded.detail, source = excluded.source, offer = excluded.offer,
    times_seen = quarantine.times_seen + 1
"""
_DONE = """
    UPDATE pricing.loads SET state = 'published', version = $2, ended_at = $3, counts = $4, detail = '' WHERE id = $1
"""


class CatalogueInconsistent(Exception):
    """The record would not hold as many offers as the index: a fault of this program, which publishes nothing."""


async def publish(
    raw: asyncpg.Connection[Any], parts: Parts, pace: Pace, load: Load, publication: Publication, counts: str
) -> None:
    """Make the version of what is staged, in one transaction; `counts` is JSON for the load's row.

    The spans come first, with pauses: they are of nobody but who loads. What others write, too, comes last.
    """
    version = publication.version
    number, moment = version.number, version.published_at
    async with transaction(raw, by_keys=True):
        newest = await raw.fetchval("SELECT coalesce(max(number), 0) FROM pricing.versions")
        if newest != number - 1:
            raise RefreshInProgress
        await raw.execute(
            _VERSION, number, moment, version.origin.value, version.read_from, version.read_to, version.offers, load.id,
            publication.reference_digest,
        )  # fmt: skip
        spans = Spans(raw, pace, number, moment)
        await spans.make()
        held = await raw.fetchval("SELECT count(*) FROM pricing.offers WHERE to_version IS NULL", timeout=_SECONDS)
        if held != version.offers:
            raise CatalogueInconsistent(f"{held} offers in the record, {version.offers} in the index")
        if newest:
            # The first version changes no price: there was none.
            await spans.note_changes()
        await _put_beside(raw, parts, load, publication)
        await raw.execute(
            "INSERT INTO pricing.snapshots (version, data) VALUES ($1, $2)", number, publication.snapshot,
            timeout=_SECONDS,
        )  # fmt: skip
        await raw.execute("DELETE FROM pricing.snapshots WHERE version <= $1", number - KEPT_SNAPSHOTS)
        await raw.execute(_DONE, load.id, number, moment, counts)
        await raw.execute("SELECT pg_notify($1, $2)", CHANNEL, str(number))


async def _put_beside(raw: asyncpg.Connection[Any], parts: Parts, load: Load, publication: Publication) -> None:
    """Everything that belongs to the version and is no offer."""
    number, moment = publication.version.number, publication.version.published_at
    documents = [
        (
            part.provider.value, part.document, part.validator.etag, part.validator.last_modified, part.published_at,
            number,
        )
        for part in publication.coverage
        if not part.unchanged
    ]  # fmt: skip
    if documents:
        await raw.executemany(_DOCUMENT, documents, timeout=_SECONDS)
    if publication.interruptions:
        await _put_interruptions(raw, parts, publication)
    if publication.held_back:
        rows = held_rows(publication.held_back, load.id, moment)
        await raw.executemany(_HELD, rows, timeout=_SECONDS)
    if publication.approved:
        await raw.execute(
            "UPDATE pricing.quarantine SET published_version = $1 WHERE id = ANY($2) AND published_version IS NULL",
            number, list(publication.approved),
        )  # fmt: skip


async def _put_interruptions(raw: asyncpg.Connection[Any], parts: Parts, publication: Publication) -> None:
    ids = await parts.write_sources(one.source for one in publication.interruptions)
    number = publication.version.number
    rows: Sequence[tuple[Any, ...]] = [
        (
            one.provider.value, one.region, one.instance_type, one.os.value, one.percent_from, one.percent_to,
            ids[one.source], number,
        )
        for one in publication.interruptions
    ]  # fmt: skip
    await raw.executemany(_INTERRUPTION, rows, timeout=_SECONDS)
    providers = sorted({one.provider.value for one in publication.interruptions})
    await raw.execute(
        "DELETE FROM pricing.interruptions WHERE provider = ANY($1) AND version < $2", providers, number,
        timeout=_SECONDS,
    )  # fmt: skip
