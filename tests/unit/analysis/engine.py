"""Shorthand for tests of the engine."""

from __future__ import annotations

from malha.analysis.v1 import report_pb2

from services.analysis.adapters.engine.analysis import analyse_batch
from services.analysis.adapters.engine.outcome import EngineOutcome, EngineReport
from services.analysis.domain.decoding import decode
from services.analysis.domain.findings import Position
from services.analysis.domain.options import AnalysisOptions
from services.analysis.domain.source import SourceFile

ALL_RULES = AnalysisOptions()
OWN_RULES = AnalysisOptions(select=frozenset({"MLH"}))


def outcome_of(content: str | bytes, options: AnalysisOptions = ALL_RULES) -> EngineOutcome:
    """What the engine answers for one source."""
    (outcome,) = analyse_batch([SourceFile("a.py", content)], options, memory=1)
    return outcome


def report_of(content: str | bytes, options: AnalysisOptions = ALL_RULES) -> report_pb2.Report:
    """The report of a source that can be analysed."""
    outcome = outcome_of(content, options)
    assert isinstance(outcome, EngineReport), outcome
    return report_pb2.Report.FromString(outcome.body)


def rules_in(content: str | bytes, options: AnalysisOptions = OWN_RULES) -> list[str]:
    """The ids of the rules with findings, in order."""
    return [finding.rule.removeprefix("rules/") for finding in report_of(content, options).findings]


def apply_safe_fixes(text: str, options: AnalysisOptions = OWN_RULES) -> str:
    """The text after all safe fixes that do not overlap."""
    decoded = decode(SourceFile("a.py", text))
    edits: list[tuple[int, int, bytes]] = []
    for finding in report_of(text, options).findings:
        if finding.fix.applicability != report_pb2.APPLICABILITY_SAFE:
            continue
        own = [
            (
                decoded.offset(Position(edit.range.start.line, edit.range.start.column)),
                decoded.offset(Position(edit.range.end.line, edit.range.end.column)),
                edit.new_text.encode(),
            )
            for edit in finding.fix.edits
        ]
        if not edits or own[0][0] >= edits[-1][1]:
            edits += own
    data = decoded.data
    for start, end, new in reversed(edits):
        data = data[:start] + new + data[end:]
    return data.decode()
