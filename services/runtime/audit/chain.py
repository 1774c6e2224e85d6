"""The hashes that tie entries together: how they are made, and whether they hold."""

import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.runtime.db.unit_of_work import UnitOfWork

ROOT = bytes(32)
"""What the first entry of a strand follows."""
_PAGE = 1_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# In the order in which they are hashed.
_FIELDS = (
    "method", "action", "resource", "decision", "reason", "kind", "subject", "client", "caller", "network",
    "request_id", "trace_id", "details",
)  # fmt: skip


class Fault(StrEnum):
    """What is wrong with a chain."""

    CHANGED = "CHANGED"
    """An entry is not what it was, or follows another one than it did."""
    MISSING = "MISSING"
    """An entry is gone: numbers are left out, or the last ones are not there."""
    UNANCHORED = "UNANCHORED"
    """The head of a strand or a checkpoint is gone, or not sealed with the key."""


@dataclass(frozen=True, slots=True)
class Break:
    """Where a strand does not hold; `sequence` is the number of the entry that is gone or does not fit."""

    strand: int
    sequence: int
    fault: Fault


@dataclass(frozen=True, slots=True)
class Progress:
    """How many entries were looked at so far, and what was found since the last word. A strand ends with its break."""

    verified: int
    breaks: tuple[Break, ...] = ()


class Anchor(NamedTuple):
    """What a strand was at some entry: its number and hash."""

    strand: int
    sequence: int
    hash: bytes


def canonical(parts: Sequence[str]) -> bytes:
    """Each value behind its length in bytes, as `audit.canonical` in the database does."""
    return b"".join(len(raw).to_bytes(4, "big") + raw for raw in (part.encode() for part in parts))


def link(previous: bytes, row: Any) -> bytes:
    """The hash of an entry that follows the one with the hash `previous`."""
    moment = str((row.time - _EPOCH) // timedelta(microseconds=1))
    parts = (row.tenant, str(row.strand), str(row.sequence), moment, str(row.id), *(getattr(row, f) for f in _FIELDS))
    return hashlib.sha256(previous + canonical(parts)).digest()


def seal(key: bytes, tenant: str, anchor: Anchor) -> bytes:
    """What a checkpoint is sealed with: nobody who holds only the database can make it."""
    parts = (tenant, str(anchor.strand), str(anchor.sequence), anchor.hash.hex())
    return hmac.digest(key, b"malha.audit.checkpoint\0" + canonical(parts), "sha256")


async def verify(engine: AsyncEngine, tenant: str, key: bytes) -> AsyncIterator[Progress]:
    """Looks at every entry of a tenant, strand by strand, and tells how far it is, about once every thousand entries.

    Entries that are written meanwhile are looked at or not; all that were there at the beginning are.
    """
    anchors = await _anchors(engine, tenant, key)
    verified = 0
    if anchors.forged:
        yield Progress(0, anchors.forged)
    for strand in anchors.strands:
        walk = _Walk(strand, anchors)
        while True:
            async with UnitOfWork(engine, tenant) as work:
                after = {"tenant": tenant, "strand": strand, "after": walk.sequence, "page": _PAGE}
                rows = (await work.connection.execute(_ENTRIES, after)).all()
            found = walk.page(rows) if rows else walk.end()
            verified += len(rows)
            yield Progress(verified, () if found is None else (found,))
            if found is not None or not rows:
                break


@dataclass(frozen=True, slots=True)
class _Anchors:
    strands: tuple[int, ...]
    heads: Mapping[int, Anchor]
    checkpoints: Mapping[tuple[int, int], bytes]
    forged: tuple[Break, ...]

    def begin(self, strand: int, first: int) -> bytes | None:
        """What the first entry that is left follows; None when nothing says so."""
        return ROOT if first == 1 else self.checkpoints.get((strand, first - 1))

    def last(self, strand: int) -> int:
        """The number of the last entry that must be there."""
        known = [sequence for one, sequence in self.checkpoints if one == strand]
        return max([*known, self.heads[strand].sequence if strand in self.heads else 0])


async def _anchors(engine: AsyncEngine, tenant: str, key: bytes) -> _Anchors:
    async with UnitOfWork(engine, tenant) as work:
        run = work.connection.execute
        heads = {row.strand: Anchor(*row) for row in await run(_HEADS, {"tenant": tenant})}
        rows = (await run(_CHECKPOINTS, {"tenant": tenant})).all()
        strands = set((await run(_STRANDS, {"tenant": tenant})).scalars())
    good: dict[tuple[int, int], bytes] = {}
    forged = []
    for row in rows:
        if hmac.compare_digest(row.seal, seal(key, tenant, Anchor(row.strand, row.sequence, row.hash))):
            good[row.strand, row.sequence] = row.hash
        else:
            forged.append(Break(row.strand, row.sequence, Fault.UNANCHORED))
    strands |= heads.keys() | {strand for strand, _ in good}
    return _Anchors(tuple(sorted(strands)), heads, good, tuple(forged))


class _Walk:
    """Along one strand."""

    def __init__(self, strand: int, anchors: _Anchors) -> None:
        self._strand = strand
        self._anchors = anchors
        self._hash: bytes | None = None
        self.sequence = 0

    def page(self, rows: Sequence[Row[Any]]) -> Break | None:
        """Goes over the next entries; the first break among them."""
        for row in rows:
            if (fault := self._step(row)) is not None:
                number = self.sequence + 1 if fault is Fault.MISSING and self._hash is not None else row.sequence
                return Break(self._strand, number, fault)
        return None

    def _step(self, row: Row[Any]) -> Fault | None:
        if self._hash is None:
            self._hash = self._anchors.begin(self._strand, row.sequence)
            if self._hash is None:
                return Fault.MISSING
        elif row.sequence != self.sequence + 1:
            return Fault.MISSING
        expected = link(self._hash, row)
        known = self._anchors.checkpoints.get((self._strand, row.sequence), expected)
        head = self._anchors.heads.get(self._strand)
        if head is not None and head.sequence == row.sequence and head.hash != expected:
            return Fault.CHANGED
        if row.hash != expected or known != expected:
            return Fault.CHANGED
        self.sequence, self._hash = row.sequence, expected
        return None

    def end(self) -> Break | None:
        """After the last entry: whether it is the last one there was."""
        if self._strand not in self._anchors.heads:
            return Break(self._strand, self.sequence, Fault.UNANCHORED)
        last = self._anchors.last(self._strand)
        # Whatever went by retention left a checkpoint at its end, and may have been all there was.
        dropped = self._hash is None and (self._strand, last) in self._anchors.checkpoints
        return None if self.sequence >= last or dropped else Break(self._strand, self.sequence + 1, Fault.MISSING)


_HEADS = text("SELECT strand, sequence, hash FROM audit.heads WHERE tenant = :tenant AND sequence > 0")
_CHECKPOINTS = text("SELECT strand, sequence, hash, seal FROM audit.checkpoints WHERE tenant = :tenant")
_STRANDS = text("SELECT DISTINCT strand FROM audit.entries WHERE tenant = :tenant")
_ENTRIES = text(
    "SELECT * FROM audit.entries WHERE tenant = :tenant AND strand = :strand AND sequence > :after "
    "ORDER BY sequence LIMIT :page"
)
