"""Analyses a batch of sources with all engines; the part of the engine that runs in a worker."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from services.analysis.adapters.engine.masking import masked_lines
from services.analysis.adapters.engine.outcome import EngineOutcome, EngineReport
from services.analysis.adapters.engine.ruff import Diagnostic, RuffFailed, RuffRun
from services.analysis.adapters.engine.translate import own_findings, ruff_findings, syntax_error
from services.analysis.adapters.engine.version import analyser_version
from services.analysis.domain.decoding import DecodedSource, decode
from services.analysis.domain.errors import AnalysisError, SourceTooComplex
from services.analysis.domain.inspection import Inspection, inspect
from services.analysis.domain.options import AnalysisOptions
from services.analysis.domain.score import summarise
from services.analysis.domain.source import SourceFile
from services.analysis.encode_report import encode_report


def analyse_batch(
    batch: Sequence[SourceFile], options: AnalysisOptions, *, memory: int, scratch: Path | None = None
) -> list[EngineOutcome]:
    """One outcome for each source, in order. `memory` is the limit that a source which brings ruff down exceeded."""
    started = time.perf_counter()
    outcomes: dict[int, EngineOutcome] = {}
    sources: dict[int, DecodedSource] = {}
    for at, source in enumerate(batch):
        try:
            sources[at] = decode(source)
        except AnalysisError as error:
            outcomes[at] = error
    for at, (inspection, diagnostics) in _examine(sources, options, outcomes, scratch).items():
        if diagnostics is None:
            outcomes[at] = SourceTooComplex(batch[at].path, memory)
        else:
            outcomes[at] = _conclude(batch[at], sources[at], inspection, diagnostics, options)
    share = (time.perf_counter() - started) / max(1, len(batch))
    return [_with_time(outcomes[at], share) for at in range(len(batch))]


def _with_time(outcome: EngineOutcome, seconds: float) -> EngineOutcome:
    if isinstance(outcome, AnalysisError):
        return outcome
    return EngineReport(outcome.summary, outcome.body, outcome.encoding, outcome.sha256, 0.0, seconds)


def _examine(
    sources: Mapping[int, DecodedSource],
    options: AnalysisOptions,
    outcomes: dict[int, EngineOutcome],
    scratch: Path | None,
) -> dict[int, tuple[Inspection, list[Diagnostic] | None]]:
    """What our look and ruff's bring for each source, at the same time; None from ruff where it fails.

    A source that is too deep gets its outcome here. It may bring ruff down, so ruff then looks at the others anew.
    """
    if not sources:
        return {}
    inspections: dict[int, Inspection] = {}
    with RuffRun(list(sources.values()), options, scratch) as run:
        for at, source in sources.items():
            try:
                inspections[at] = inspect(source, options)
            except AnalysisError as error:
                outcomes[at] = error
        if len(inspections) == len(sources):
            with contextlib.suppress(RuffFailed):
                return dict(zip(sources, zip(inspections.values(), run.result(), strict=True), strict=True))
    found = _ask_ruff({at: sources[at] for at in inspections}, options, scratch)
    return {at: (inspection, found[at]) for at, inspection in inspections.items()}


def _ask_ruff(
    sources: Mapping[int, DecodedSource], options: AnalysisOptions, scratch: Path | None
) -> dict[int, list[Diagnostic] | None]:
    """What ruff finds in each source; when it fails, halve until only the guilty source has None."""
    if not sources:
        return {}
    try:
        with RuffRun(list(sources.values()), options, scratch) as run:
            return dict(zip(sources, run.result(), strict=True))
    except RuffFailed:
        if len(sources) == 1:
            return dict.fromkeys(sources)
    items = list(sources.items())
    middle = len(items) // 2
    return _ask_ruff(dict(items[:middle]), options, scratch) | _ask_ruff(dict(items[middle:]), options, scratch)


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
    masked = masked_lines(decoded, diagnostics)
    findings = ruff_findings(decoded, inspection, diagnostics, options, masked)
    findings += own_findings(decoded, inspection, masked)
    findings.sort(key=lambda finding: (finding.range.start.line, finding.range.start.column, finding.rule))
    summary = summarise(findings, inspection.metrics)
    sha256 = source.sha256()
    body = encode_report(
        sha256=sha256,
        version=analyser_version(),
        encoding=decoded.encoding,
        summary=summary,
        metrics=inspection.metrics,
        findings=findings,
    )
    return EngineReport(summary, body, decoded.encoding, sha256, 0.0, 0.0)
