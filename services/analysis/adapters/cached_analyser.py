"""An analyser that remembers: the same content, options and analyser version are analysed once."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

import msgspec

from services.analysis.adapters.engine.outcome import EngineOutcome
from services.analysis.domain.errors import AnalysisError, SourceError
from services.analysis.domain.findings import SourceSummary
from services.analysis.domain.options import AnalysisOptions
from services.analysis.domain.source import SourceFile
from services.analysis.ports import Analysed
from services.runtime.cache import Cache

_Outcomes = dict[str, Analysed | AnalysisError]


class Engine(Protocol):
    """The pool of workers, as far as this needs it."""

    async def analyse(self, batch: Sequence[SourceFile], options: AnalysisOptions) -> list[EngineOutcome]:
        """One outcome for each source, in order."""
        ...


class _Entry(msgspec.Struct, frozen=True, array_like=True):
    """What is remembered of a source that could be analysed."""

    summary: SourceSummary
    body: bytes
    encoding: str
    sha256: str


@dataclass(slots=True)
class _Flight:
    """An analysis under way, and how many callers wait for it."""

    task: asyncio.Task[_Outcomes]
    keys: frozenset[str]
    waiters: int = 0


class CachedAnalyser:
    """Asks the cache first, lets equal sources that a tenant asks for at the same time share one analysis, and
    remembers what was found. Sources that cannot be analysed are not remembered: most of their errors are quickly found
    again.
    """

    def __init__(self, engine: Engine, cache: Cache, analyser_version: str) -> None:
        self._engine = engine
        self._cache = cache
        self._version = analyser_version
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(_Entry)
        self._flights: dict[str, _Flight] = {}

    async def analyse(
        self, tenant: str, batch: Sequence[SourceFile], options: AnalysisOptions
    ) -> list[Analysed | AnalysisError]:
        """One outcome for each source, in order. Raises Overloaded when no more work can wait."""
        keys = [self._key(tenant, source, options) for source in batch]
        sources = dict(zip(keys, batch, strict=True))
        known = await self._cached(sources)
        missing = {key: source for key, source in sources.items() if key not in known}
        if missing:
            known |= await self._fly(missing, options)
        return [_named(known[key], source) for key, source in zip(keys, batch, strict=True)]

    async def _cached(self, keys: Iterable[str]) -> _Outcomes:
        known: _Outcomes = {}
        for key, value in (await self._cache.get_many(list(keys))).items():
            try:
                entry = self._decoder.decode(value)
            except msgspec.DecodeError:
                continue  # written by other code than this: a miss
            known[key] = self._analysed(key, entry)
        return known

    async def _fly(self, missing: Mapping[str, SourceFile], options: AnalysisOptions) -> _Outcomes:
        """Outcomes for what no cache has: join the analyses that are under way, start one for the rest."""
        flights = {id(flight): flight for key in missing if (flight := self._flights.get(key)) is not None}
        fresh = {key: source for key, source in missing.items() if key not in self._flights}
        if fresh:
            started = _Flight(asyncio.create_task(self._run(fresh, options)), frozenset(fresh))
            started.task.add_done_callback(lambda _: self._forget(started))
            self._flights |= dict.fromkeys(fresh, started)
            flights[id(started)] = started
        outcomes: _Outcomes = {}
        for flight in flights.values():
            flight.waiters += 1
        try:
            for flight in flights.values():
                outcomes |= await asyncio.shield(flight.task)
        finally:
            for flight in flights.values():
                flight.waiters -= 1
                if not flight.waiters and not flight.task.done():
                    # Forgotten at once: who asks next starts anew and does not join what is being cancelled.
                    self._forget(flight)
                    flight.task.cancel()
        return outcomes

    async def _run(self, sources: Mapping[str, SourceFile], options: AnalysisOptions) -> _Outcomes:
        reports = dict(zip(sources, await self._engine.analyse(list(sources.values()), options), strict=True))
        entries = {
            key: _Entry(report.summary, report.body, report.encoding, report.sha256)
            for key, report in reports.items()
            if not isinstance(report, AnalysisError)
        }
        await self._cache.set_many({key: self._encoder.encode(entry) for key, entry in entries.items()})
        return {
            key: report
            if isinstance(report, AnalysisError)
            else self._analysed(key, entries[key], (report.queued_seconds, report.analysing_seconds))
            for key, report in reports.items()
        }

    def _forget(self, flight: _Flight) -> None:
        for key in flight.keys:
            if self._flights.get(key) is flight:
                del self._flights[key]

    def _key(self, tenant: str, source: SourceFile, options: AnalysisOptions) -> str:
        # The last part of the path counts, since some rules look at the file's name.
        name = PurePosixPath(source.path).name.encode("utf-8", "surrogatepass")
        digest = hashlib.sha256(self._version.encode())
        # The tenant counts, since "cached" would tell one what others have: that they analysed the very same source.
        owner = hashlib.sha256(tenant.encode()).digest()
        for part in (owner, options.digest(), hashlib.sha256(name).digest(), source.fingerprint()):
            digest.update(part)
        return digest.hexdigest()

    def _analysed(self, key: str, entry: _Entry, seconds: tuple[float, float] | None = None) -> Analysed:
        queued, analysing = seconds or (0.0, 0.0)
        return Analysed(
            key=bytes.fromhex(key),
            summary=entry.summary,
            body=entry.body,
            encoding=entry.encoding,
            sha256=entry.sha256,
            analyser_version=self._version,
            queued_seconds=queued,
            analysing_seconds=analysing,
            cached=seconds is None,
        )


def _named(outcome: Analysed | AnalysisError, source: SourceFile) -> Analysed | AnalysisError:
    """The outcome for `source`: two files with the same content share one, but an error tells its own path."""
    if not isinstance(outcome, SourceError) or outcome.path == source.path:
        return outcome
    return outcome.renamed(source.path)
