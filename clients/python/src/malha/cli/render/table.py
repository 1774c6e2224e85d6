"""Text for a person: findings by file, each with its place, its reason and its remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TextIO

from malha.analysis.v1 import report_pb2
from malha.cli.names import APPLICABILITIES, BASES, CATEGORIES, SEVERITIES
from malha.cli.outcomes import Failure
from malha.cli.render.diff import Hunk, hunks
from malha.cli.render.source import SourceLines
from malha.cli.render.text import Style, blank_like, paragraphs, safe

if TYPE_CHECKING:
    from malha.cli.outcomes import Outcome

_INDENT: Final = "      "
_LABELLED: Final = _INDENT + "      "
_MOST_DIFF_LINES: Final = 14


class TableWriter:
    """Writes files with findings or failures; a file with neither is only counted."""

    def __init__(self, stream: TextIO, *, colour: bool) -> None:
        self._stream = stream
        self._style = Style(colour)

    def outcome(self, outcome: Outcome) -> None:
        """Writes one file."""
        if isinstance(outcome.result, Failure):
            self._stream.write(self._failure(outcome.shown, outcome.result))
        elif outcome.result.findings:
            source = SourceLines(outcome.result, outcome.file, outcome.content)
            self._stream.write(self._report(outcome.shown, outcome.result, source))

    def finish(self, summary: report_pb2.Summary, report: str) -> None:
        """Writes the sums."""
        style = self._style
        failed = style.bad(f", {summary.failed_files:,} failed") if summary.failed_files else ""
        lines = f"{summary.lines:,} lines ({summary.code_lines:,} of code)"
        text = (
            f"{_count(summary.files, 'file')} analysed{failed} · {lines} · score {style.bold(f'{summary.score:.1f}')}"
        )
        by_severity = ", ".join(
            style.severity(item.severity, f"{item.count:,} {SEVERITIES.get(item.severity, 'other')}")
            for item in summary.by_severity
        )
        by_category = ", ".join(
            f"{item.count:,} {CATEGORIES.get(item.category, 'other')}" for item in summary.by_category
        )
        text += f"\n{_count(summary.findings, 'finding')}"
        if summary.findings:
            text += f": {by_severity} · {by_category} · {_count(summary.safe_fixes, 'safe fix', 'safe fixes')}"
        if report:
            text += style.dim(f"\nstored as {report}")
        self._stream.write(text + "\n")

    def _failure(self, shown: str, failure: Failure) -> str:
        place = f":{failure.line}" + (f":{failure.column}" if failure.column else "") if failure.line else ""
        head = f"{self._style.bold(safe(shown))}{place}  {self._style.bad('not analysed')}"
        return f"{head}  {failure.reason}\n{_INDENT}{paragraphs(failure.message, _INDENT)}\n\n"

    def _report(self, shown: str, report: report_pb2.Report, source: SourceLines) -> str:
        style = self._style
        count = _count(len(report.findings), "finding")
        parts = [f"{style.bold(safe(shown))}  score {report.summary.score:.1f}, {count}\n"]
        explained: set[str] = set()
        for finding in report.findings:
            parts.append(self._finding(shown, finding, source, explain=finding.rule not in explained))
            explained.add(finding.rule)
        return "".join((*parts, "\n"))

    def _finding(self, shown: str, finding: report_pb2.Finding, source: SourceLines, *, explain: bool) -> str:
        style, start = self._style, finding.range.start
        severity = style.severity(finding.severity, SEVERITIES.get(finding.severity, "other"))
        category = CATEGORIES.get(finding.category, "other")
        rule = style.bold(finding.rule.removeprefix("rules/"))
        symbol = style.dim(f"  in {safe(finding.symbol)}") if finding.symbol else ""
        place = f"{safe(shown)}:{start.line}:{start.column}"
        parts = [f"  {place}  {severity}  {rule} ({category})  {paragraphs(finding.message, _INDENT)}{symbol}\n"]
        parts += self._frame(finding)
        if explain:
            parts += self._why(finding)
        parts += self._fix(finding, source)
        return "".join(parts)

    def _frame(self, finding: report_pb2.Finding) -> list[str]:
        start, end = finding.range.start, finding.range.end
        parts = []
        for number, raw in enumerate(finding.code_frame.lines, finding.code_frame.first_line):
            line = safe(raw)
            inside = start.line <= number <= end.line
            mark = self._style.severity(finding.severity, ">") if inside else " "
            parts.append(f"    {mark} {number:>5} │ {line}\n")
            if number == start.line:
                stop = end.column - 1 if end.line == start.line else len(line)
                carets = "^" * max(1, len(blank_like(line[start.column - 1 : stop])))
                pointer = self._style.severity(finding.severity, carets)
                parts.append(f"{_INDENT}      │ {blank_like(line[: start.column - 1])}{pointer}\n")
        return parts

    def _why(self, finding: report_pb2.Finding) -> list[str]:
        parts = []
        if finding.explanation:
            parts.append(self._labelled("why", paragraphs(finding.explanation, _LABELLED)))
        if finding.effect.summary:
            basis = BASES.get(finding.effect.basis, "")
            text = finding.effect.summary + (f" (by {basis})" if basis else "")
            parts.append(self._labelled("gain", paragraphs(text, _LABELLED)))
        if finding.documentation_url:
            parts.append(self._labelled("more", self._style.dim(safe(_where_to_read(finding)))))
        return parts

    def _fix(self, finding: report_pb2.Finding, source: SourceLines) -> list[str]:
        if not finding.HasField("fix"):
            return []
        fix = finding.fix
        trust = APPLICABILITIES.get(fix.applicability, "")
        text = paragraphs(fix.message or "see below", _LABELLED) + (f" ({trust})" if trust else "")
        changes = hunks(fix.edits, lambda number: source.line(number, finding.code_frame))
        return [self._labelled("fix", text), *self._diff(changes or [])]

    def _diff(self, changes: list[Hunk]) -> list[str]:
        rows: list[str] = []
        for hunk in changes:
            rows += [
                self._style.bad(f"- {number:>5} │ {safe(line)}")
                for number, line in enumerate(hunk.before, hunk.first_line)
            ]
            rows += [self._style.good(f"+       │ {safe(line)}") for line in hunk.after]
        left = len(rows) - _MOST_DIFF_LINES
        if left > 1:
            rows[_MOST_DIFF_LINES:] = [self._style.dim(f"  … {left} more lines")]
        return [f"    {row}\n" for row in rows]

    def _labelled(self, label: str, text: str) -> str:
        return f"{_INDENT}{self._style.dim(f'{label:<6}')}{text}\n"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _where_to_read(finding: report_pb2.Finding) -> str:
    """An address for a browser, or, for a rule that the mesh itself documents, the command that shows it."""
    if finding.documentation_url.startswith(("https://", "http://")):
        return finding.documentation_url
    return f"malha rules {finding.rule.removeprefix('rules/')}"
