"""Turns what the engines say into findings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from services.analysis.adapters.engine.ruff import Diagnostic, Place, RuffFix
from services.analysis.domain.decoding import DecodedSource
from services.analysis.domain.errors import SourceSyntaxInvalid
from services.analysis.domain.findings import Applicability, CodeFrame, Finding, Fix, Position, Range, TextEdit
from services.analysis.domain.inspection import Inspection
from services.analysis.domain.options import AnalysisOptions
from services.analysis.domain.rules.catalogue import rules_by_id
from services.analysis.domain.rules.context import DraftFix

# Rules whose fixes ruff calls safe although the program may change its meaning: an import that nobody uses may be there
# for what it does (registering generated messages, say).
_NOT_PROVABLE = frozenset({"F401"})

_APPLICABILITY = {
    "safe": Applicability.SAFE,
    "unsafe": Applicability.UNSAFE,
    "displayonly": Applicability.DISPLAY_ONLY,
    "display": Applicability.DISPLAY_ONLY,
}
_AROUND = 2
_FRAME_LINES = 7
_LONGEST_LINE = 240
_NOQA = re.compile(r"#\s*noqa(?P<codes>:\s*[A-Z]+[0-9]+(?:[\s,]+[A-Z]+[0-9]+)*)?", re.IGNORECASE)


def syntax_error(source: DecodedSource, diagnostics: Sequence[Diagnostic]) -> SourceSyntaxInvalid | None:
    """The first place where the source does not parse; None when it does."""
    wrong = [found for found in diagnostics if found.code is None or found.code == "invalid-syntax"]
    if not wrong:
        return None
    first = min(wrong, key=lambda found: (found.location.row, found.location.column))
    return SourceSyntaxInvalid(source.path, first.location.row, first.location.column, first.message)


def ruff_findings(
    source: DecodedSource,
    inspection: Inspection,
    diagnostics: Sequence[Diagnostic],
    options: AnalysisOptions,
    masked: Mapping[int, str],
) -> list[Finding]:
    """The findings of ruff that are asked for; `masked` has the lines that are not shown as they are."""
    documents = rules_by_id()
    findings = []
    for found in diagnostics:
        document = documents.get(found.code or "")
        if document is None or not options.wants(document.id, document.category, document.severity):
            continue
        place = Range(_position(found.location), _position(found.end_location))
        findings.append(
            Finding(
                document.id,
                document.severity,
                document.confidence,
                document.category,
                found.message,
                place,
                code_frame(source, place, masked),
                _fix(found.code or "", found.fix),
                inspection.structure.scope_at(source.offset(place.start)).name,
            )
        )
    return findings


def own_findings(source: DecodedSource, inspection: Inspection, masked: Mapping[int, str]) -> list[Finding]:
    """The findings of our own rules, less those that a `noqa` comment on their first line silences."""
    documents = rules_by_id()
    findings = []
    for draft in inspection.drafts:
        document = documents[draft.rule]
        place = Range(source.position(draft.start), source.position(draft.end))
        if _silenced(source.line(place.start.line), draft.rule):
            continue
        fix = _own_fix(source, draft.fix)
        findings.append(
            Finding(
                draft.rule,
                document.severity,
                document.confidence,
                document.category,
                draft.message,
                place,
                code_frame(source, place, masked),
                fix,
                inspection.structure.scope_at(draft.start).name,
            )
        )
    return findings


def _own_fix(source: DecodedSource, fix: DraftFix | None) -> Fix | None:
    if fix is None:
        return None
    edits = (TextEdit(Range(source.position(start), source.position(end)), text) for start, end, text in fix.edits)
    return Fix(fix.message, fix.applicability, tuple(edits))


def code_frame(source: DecodedSource, place: Range, masked: Mapping[int, str]) -> CodeFrame:
    """The lines of a place and two more on either side, seven at most."""
    first = max(1, place.start.line - _AROUND)
    last = min(len(source.starts), place.end.line + _AROUND, first + _FRAME_LINES - 1)
    lines = (masked.get(number) or source.line(number) for number in range(first, last + 1))
    return CodeFrame(
        first, tuple(line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 1] + "…" for line in lines)
    )


def _silenced(line: str, rule: str) -> bool:
    if "#" not in line:
        return False
    found = _NOQA.search(line)
    return found is not None and (not found["codes"] or rule in re.findall(r"[A-Z]+[0-9]+", found["codes"].upper()))


def _position(place: Place) -> Position:
    return Position(place.row, place.column)


def _fix(rule: str, fix: RuffFix | None) -> Fix | None:
    if fix is None or not fix.edits:
        return None
    applicability = _APPLICABILITY[fix.applicability]
    if applicability is Applicability.SAFE and rule in _NOT_PROVABLE:
        applicability = Applicability.UNSAFE
    edits = tuple(
        TextEdit(Range(_position(edit.location), _position(edit.end_location)), edit.content) for edit in fix.edits
    )
    return Fix(fix.message or "Apply the fix", applicability, edits)
