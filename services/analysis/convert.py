"""Between the contract's messages and the domain's values."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from malha.analysis.v1 import report_pb2, rule_pb2, source_pb2

from services.analysis.domain.findings import Category, Finding, Position, Range, Severity, SourceSummary
from services.analysis.domain.metrics import FunctionMetrics, Metrics
from services.analysis.domain.options import NEWEST, AnalysisOptions
from services.analysis.domain.rules.catalogue import rules_by_id
from services.analysis.domain.rules.document import Effect, RuleDoc

_FINDINGS_TAG = bytes([report_pb2.Report.FINDINGS_FIELD_NUMBER << 3 | 2])
_METRICS_TAG = bytes([report_pb2.Report.METRICS_FIELD_NUMBER << 3 | 2])
_FUNCTIONS_TAG = bytes([report_pb2.Metrics.FUNCTIONS_FIELD_NUMBER << 3 | 2])
_NAME_TAG = bytes([report_pb2.FunctionMetrics.QUALIFIED_NAME_FIELD_NUMBER << 3 | 2])
_RANGE_TAG = bytes([report_pb2.FunctionMetrics.RANGE_FIELD_NUMBER << 3 | 2])
_CYCLOMATIC_TAG = bytes([report_pb2.FunctionMetrics.CYCLOMATIC_FIELD_NUMBER << 3])
_COGNITIVE_TAG = bytes([report_pb2.FunctionMetrics.COGNITIVE_FIELD_NUMBER << 3])
_PARAMETERS_TAG = bytes([report_pb2.FunctionMetrics.PARAMETERS_FIELD_NUMBER << 3])
_LINES_TAG = bytes([report_pb2.FunctionMetrics.LINES_FIELD_NUMBER << 3])
_START_TAG = bytes([report_pb2.Range.START_FIELD_NUMBER << 3 | 2])
_END_TAG = bytes([report_pb2.Range.END_FIELD_NUMBER << 3 | 2])
_LINE_TAG = bytes([report_pb2.Position.LINE_FIELD_NUMBER << 3])
_COLUMN_TAG = bytes([report_pb2.Position.COLUMN_FIELD_NUMBER << 3])


def options_from_proto(message: source_pb2.AnalysisOptions) -> AnalysisOptions:
    """The options of a request; the message has passed validation."""
    target = NEWEST
    if message.target_version:
        major, minor = message.target_version.split(".")
        target = (int(major), int(minor))
    return AnalysisOptions(
        target_version=target,
        categories=frozenset(map(Category, message.categories)),
        select=frozenset(message.select),
        ignore=frozenset(message.ignore),
        minimum_severity=Severity(message.minimum_severity or Severity.INFO),
    )


def options_to_proto(options: AnalysisOptions) -> source_pb2.AnalysisOptions:
    """The message that says these options."""
    return source_pb2.AnalysisOptions(
        target_version=f"{options.target_version[0]}.{options.target_version[1]}",
        categories=[rule_pb2.Category.ValueType(category) for category in sorted(options.categories)],
        select=sorted(options.select),
        ignore=sorted(options.ignore),
        minimum_severity=rule_pb2.Severity.ValueType(options.minimum_severity),
    )


def rule_to_proto(document: RuleDoc) -> rule_pb2.Rule:
    """A rule as a resource."""
    return rule_pb2.Rule(
        name=f"rules/{document.id}",
        id=document.id,
        title=document.title,
        category=rule_pb2.Category.ValueType(document.category),
        severity=rule_pb2.Severity.ValueType(document.severity),
        confidence=rule_pb2.Confidence.ValueType(document.confidence),
        engine=rule_pb2.Engine.ValueType(document.engine),
        summary=document.summary,
        explanation=document.explanation,
        bad_example=document.bad_example,
        good_example=document.good_example,
        fix_availability=rule_pb2.FixAvailability.ValueType(document.fix_availability),
        documentation_url=document.documentation_url,
        effect=effect_to_proto(document.effect),
    )


def effect_to_proto(effect: Effect | None) -> rule_pb2.Effect | None:
    """An estimate; None stays None."""
    if effect is None:
        return None
    return rule_pb2.Effect(
        summary=effect.summary,
        basis=rule_pb2.Basis.ValueType(effect.basis),
        speedup_low=effect.speedup_low,
        speedup_high=effect.speedup_high,
        source=effect.source,
    )


def summary_to_proto(summary: SourceSummary) -> report_pb2.Summary:
    """The counts of a report."""
    return report_pb2.Summary(
        files=summary.files,
        failed_files=summary.failed_files,
        lines=summary.lines,
        code_lines=summary.code_lines,
        findings=summary.findings,
        by_severity=[
            report_pb2.SeverityCount(severity=rule_pb2.Severity.ValueType(severity), count=count)
            for severity, count in summary.by_severity
        ],
        by_category=[
            report_pb2.CategoryCount(category=rule_pb2.Category.ValueType(category), count=count)
            for category, count in summary.by_category
        ],
        safe_fixes=summary.safe_fixes,
        score=summary.score,
    )


def range_to_proto(place: Range) -> report_pb2.Range:
    """A stretch of text."""
    return report_pb2.Range(start=_position(place.start), end=_position(place.end))


def _head_of_metrics(metrics: Metrics) -> report_pb2.Metrics:
    """The measures of a source, without those of its functions."""
    return report_pb2.Metrics(
        lines=metrics.lines,
        code_lines=metrics.code_lines,
        comment_lines=metrics.comment_lines,
        blank_lines=metrics.blank_lines,
        maintainability=metrics.maintainability,
    )


def encode_report(
    *,
    sha256: str,
    version: str,
    encoding: str,
    summary: SourceSummary,
    metrics: Metrics,
    findings: Sequence[Finding],
) -> bytes:
    """The serialised Report of one source, with nothing in it that belongs to one call.

    Concatenated messages merge, so a finding is put together from bytes that are the same for all findings of its rule
    and are made once, and those of its own.
    """
    head = report_pb2.Report(
        content_sha256=sha256,
        analyser_version=version,
        summary=summary_to_proto(summary),
        encoding=encoding,
    )
    measures = b"".join((_head_of_metrics(metrics).SerializeToString(), *map(_function_part, metrics.functions)))
    parts = [head.SerializeToString(), _METRICS_TAG, _varint(len(measures)), measures]
    for finding in findings:
        common, own = _common_part(finding.rule), _own_part(finding)
        parts += (_FINDINGS_TAG, _varint(len(common) + len(own)), common, own)
    return b"".join(parts)


@lru_cache(maxsize=4096)
def _common_part(rule: str) -> bytes:
    document = rules_by_id()[rule]
    return report_pb2.Finding(
        rule=f"rules/{rule}",
        explanation=document.explanation,
        documentation_url=document.documentation_url,
        effect=effect_to_proto(document.effect),
    ).SerializeToString()


def _own_part(finding: Finding) -> bytes:
    fix = finding.fix
    message = report_pb2.Finding(
        category=rule_pb2.Category.ValueType(finding.category),
        severity=rule_pb2.Severity.ValueType(finding.severity),
        confidence=rule_pb2.Confidence.ValueType(finding.confidence),
        message=finding.message,
        range=range_to_proto(finding.range),
        code_frame=report_pb2.CodeFrame(first_line=finding.frame.first_line, lines=finding.frame.lines),
        symbol=finding.symbol,
    )
    if fix is not None:
        message.fix.message = fix.message
        message.fix.applicability = report_pb2.Applicability.ValueType(fix.applicability)
        message.fix.edits.extend(
            report_pb2.TextEdit(range=range_to_proto(edit.range), new_text=edit.new_text) for edit in fix.edits
        )
    return message.SerializeToString()


def _function_part(function: FunctionMetrics) -> bytes:
    """One function's measures as they stand in the message. Written by hand: a source has far more functions than
    findings, and four messages for each would cost more than all of its findings."""
    name = function.qualified_name.encode()
    (start_line, start_column), (end_line, end_column) = function.range
    start = _LINE_TAG + _varint(start_line) + _COLUMN_TAG + _varint(start_column)
    end = _LINE_TAG + _varint(end_line) + _COLUMN_TAG + _varint(end_column)
    place = b"".join((_START_TAG, _varint(len(start)), start, _END_TAG, _varint(len(end)), end))
    parts = [_NAME_TAG, _varint(len(name)), name, _RANGE_TAG, _varint(len(place)), place]
    parts += (_CYCLOMATIC_TAG, _varint(function.cyclomatic))
    if function.cognitive:
        parts += (_COGNITIVE_TAG, _varint(function.cognitive))
    if function.parameters:
        parts += (_PARAMETERS_TAG, _varint(function.parameters))
    parts += (_LINES_TAG, _varint(function.lines))
    message = b"".join(parts)
    return _FUNCTIONS_TAG + _varint(len(message)) + message


def _position(position: Position) -> report_pb2.Position:
    return report_pb2.Position(line=position.line, column=position.column)


@lru_cache(maxsize=1 << 14)
def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 127:
        encoded.append(number & 127 | 128)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
