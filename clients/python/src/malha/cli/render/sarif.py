"""SARIF 2.1.0 (OASIS standard), as code hosts and editors read it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO
from urllib.parse import quote

from malha.analysis.v1 import report_pb2, rule_pb2
from malha.cli.names import CATEGORIES, CONFIDENCES, SEVERITIES
from malha.cli.outcomes import Failure
from malha.version import VERSION

if TYPE_CHECKING:
    from malha.cli.outcomes import Outcome

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = {
    rule_pb2.SEVERITY_INFO: "note",
    rule_pb2.SEVERITY_WARNING: "warning",
    rule_pb2.SEVERITY_ERROR: "error",
    rule_pb2.SEVERITY_CRITICAL: "error",
}
_encode = json.JSONEncoder(ensure_ascii=False, separators=(", ", ": ")).encode


class SarifWriter:
    """One run: a result for each finding, a notification for each file that could not be analysed.

    The rules and notifications follow the results, since they are only known then.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._separator = "\n"
        self._rules: dict[str, int] = {}
        self._descriptors: list[dict[str, Any]] = []
        self._notifications: list[dict[str, Any]] = []
        self._analyser = ""
        head = f'{{"$schema": "{_SCHEMA}", "version": "2.1.0", "runs": [{{"columnKind": "unicodeCodePoints", '
        stream.write(head + '"results": [')

    def outcome(self, outcome: Outcome) -> None:
        """Writes the results of one file."""
        artifact = {"uri": _uri(outcome.shown)}
        if isinstance(outcome.result, Failure):
            self._notifications.append(_notification(outcome.result, artifact))
            return
        self._analyser = outcome.result.analyser_version or self._analyser
        for finding in outcome.result.findings:
            self._stream.write(self._separator + _encode(self._result(finding, artifact)))
            self._separator = ",\n"

    def finish(self, summary: report_pb2.Summary, report: str) -> None:
        """Writes the tool, its rules, and how the run went."""
        driver = {"name": "malha", "semanticVersion": VERSION, "rules": self._descriptors}
        invocation = {
            "executionSuccessful": not self._notifications,
            "toolExecutionNotifications": self._notifications,
        }
        properties = {"score": summary.score, "analyserVersion": self._analyser, "report": report}
        tail = {"tool": {"driver": driver}, "invocations": [invocation], "properties": properties}
        self._stream.write("\n], " + _encode(tail)[1:-1] + "}]}\n")

    def _result(self, finding: report_pb2.Finding, artifact: dict[str, Any]) -> dict[str, Any]:
        rule = finding.rule.removeprefix("rules/")
        location: dict[str, Any] = {
            "physicalLocation": {"artifactLocation": artifact, "region": _region(finding.range)}
        }
        if finding.symbol:
            location["logicalLocations"] = [{"fullyQualifiedName": finding.symbol}]
        result: dict[str, Any] = {
            "ruleId": rule,
            "ruleIndex": self._rule_index(rule, finding),
            "level": _LEVELS.get(finding.severity, "warning"),
            "message": {"text": finding.message},
            "locations": [location],
            "properties": {
                "category": CATEGORIES.get(finding.category, ""),
                "severity": SEVERITIES.get(finding.severity, ""),
                "confidence": CONFIDENCES.get(finding.confidence, ""),
            },
        }
        if finding.fix.edits:
            result["fixes"] = [_fix(finding.fix, artifact)]
        return result

    def _rule_index(self, rule: str, finding: report_pb2.Finding) -> int:
        index = self._rules.get(rule)
        if index is None:
            index = self._rules[rule] = len(self._descriptors)
            self._descriptors.append(_descriptor(rule, finding))
        return index


def _descriptor(rule: str, finding: report_pb2.Finding) -> dict[str, Any]:
    explanation = finding.explanation or finding.message
    descriptor: dict[str, Any] = {
        "id": rule,
        "fullDescription": {"text": explanation},
        "help": {"text": explanation},
        "defaultConfiguration": {"level": _LEVELS.get(finding.severity, "warning")},
        "properties": {"tags": [CATEGORIES.get(finding.category, "other")]},
    }
    # SARIF wants an absolute address; a path on the mesh is none.
    if finding.documentation_url.startswith(("https://", "http://")):
        descriptor["helpUri"] = finding.documentation_url
    return descriptor


def _fix(fix: report_pb2.Fix, artifact: dict[str, Any]) -> dict[str, Any]:
    replacements = [
        {"deletedRegion": _region(edit.range), "insertedContent": {"text": edit.new_text}} for edit in fix.edits
    ]
    return {
        "description": {"text": fix.message or "Apply the fix"},
        "artifactChanges": [{"artifactLocation": artifact, "replacements": replacements}],
    }


def _region(place: report_pb2.Range) -> dict[str, int]:
    return {
        "startLine": place.start.line,
        "startColumn": place.start.column,
        "endLine": place.end.line,
        "endColumn": place.end.column,
    }


def _notification(failure: Failure, artifact: dict[str, Any]) -> dict[str, Any]:
    location: dict[str, Any] = {"artifactLocation": artifact}
    if failure.line:
        location["region"] = {"startLine": failure.line, "startColumn": max(failure.column, 1)}
    return {
        "level": "error",
        "descriptor": {"id": failure.reason},
        "message": {"text": failure.message},
        "locations": [{"physicalLocation": location}],
    }


def _uri(shown: str) -> str:
    path = Path(shown)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix(), errors="surrogateescape")
