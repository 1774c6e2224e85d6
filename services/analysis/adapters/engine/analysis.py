"""Analyses a batch of sources with all engines; the part of the engine that runs in a worker."""

from __future__ import annotations

import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from tree_sitter import Tree

from services.analysis.adapters.engine.outcome import EngineOutcome, EngineReport
from services.analysis.adapters.engine.ruff import RUFF_VERSION, Diagnostic, RuffFailed, RuffRun
from services.analysis.adapters.engine.translate import own_findings, ruff_findings, syntax_error
from services.analysis.convert import encode_report
from services.analysis.domain.decoding import DecodedSource, decode
from services.analysis.domain.errors import AnalysisError, SourceTooComplex
from services.analysis.domain.inspection import Inspection, inspect
from services.analysis.domain.metrics import measure
from services.analysis.domain.options import AnalysisOptions
from services.analysis.domain.score import summarise
from services.analysis.domain.source import SourceFile
from services.analysis.domain.syntax import parse

_VERSION = f"malha {version('malha')}; ruff {RUFF_VERSION}"


def analyser_version() -> str:
    """What `Report.analyser_version` shows."""
    return _VERSION


def analyse_batch(
    batch: Sequence[SourceFile], options: AnalysisOptions, *, memory: int, scratch: Path | None = None
) -> list[EngineOutcome]:
    """One outcome for each source, in order. `memory` is the limit that a source which brings ruff down exceeded."""
    started = time.perf_counter()
    outcomes: list[EngineOutcome | None] = [None] * len(batch)
    ready: list[tuple[int, DecodedSource, Tree]] = []
    for at, source in enumerate(batch):
        try:
            decoded = decode(source)
            ready.append((at, decoded, parse(decoded)))
        except AnalysisError as error:
            outcomes[at] = error
    _finish(batch, ready, options, outcomes, memory, scratch)
    share = (time.perf_counter() - started) / max(1, len(batch))
    return [_with_time(outcome, share) for outcome in outcomes]


def _with_time(outcome: EngineOutcome | None, seconds: float) -> EngineOutcome:
    assert outcome is not None
    if isinstance(outcome, AnalysisError):
        return outcome
    return EngineReport(outcome.summary, outcome.body, outcome.encoding, outcome.sha256, 0.0, seconds)


def _finish(
    batch: Sequence[SourceFile],
    ready: Sequence[tuple[int, DecodedSource, Tree]],
    options: AnalysisOptions,
    outcomes: list[EngineOutcome | None],
    memory: int,
    scratch: Path | None,
) -> None:
    """Fill in the outcomes of what parses; when ruff fails, halve until only the guilty source fails."""
    if not ready:
        return
    try:
        with RuffRun([decoded for _, decoded, _ in ready], options, scratch) as run:
            inspections = [inspect(decoded, tree, options) for _, decoded, tree in ready]
            diagnostics = run.result()
    except RuffFailed:
        if len(ready) == 1:
            outcomes[ready[0][0]] = SourceTooComplex(batch[ready[0][0]].path, memory)
            return
        middle = len(ready) // 2
        _finish(batch, ready[:middle], options, outcomes, memory, scratch)
        _finish(batch, ready[middle:], options, outcomes, memory, scratch)
        return
    for (at, decoded, _), inspection, found in zip(ready, inspections, diagnostics, strict=True):
        outcomes[at] = _conclude(batch[at], decoded, inspection, found, options)


def _conclude(
    source: SourceFile,
    decoded: DecodedSource,
    inspection: Inspection,
    diagnostics: Sequence[Diagnostic],
    options: AnalysisOptions,
) -> EngineOutcome:
    error = syntax_error(decoded, diagnostics)
    if error is not None:
        return error
    findings = ruff_findings(decoded, inspection, diagnostics, options) + own_findings(decoded, inspection)
    findings.sort(key=lambda finding: (finding.range.start.line, finding.range.start.column, finding.rule))
    metrics = measure(decoded, inspection.structure, inspection.strings, inspection.comments)
    summary = summarise(findings, metrics)
    sha256 = source.sha256()
    body = encode_report(
        sha256=sha256,
        version=_VERSION,
        encoding=decoded.encoding,
        summary=summary,
        metrics=metrics,
        findings=findings,
    )
    return EngineReport(summary, body, decoded.encoding, sha256, 0.0, 0.0)
