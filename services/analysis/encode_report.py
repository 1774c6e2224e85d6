"""The report of one source as bytes, in the contract's format.

Written by hand, since a source has tens of findings and functions: a message object for each of their parts costs more
than to find them. Concatenated messages merge, so a finding is put together from bytes that are the same for all
findings of its rule and are made once, and those of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from malha.analysis.v1 import report_pb2, rule_pb2

from services.analysis.convert import effect_to_proto, summary_to_proto
from services.analysis.domain.rules.catalogue import rules_by_id
from services.runtime.varint import varint

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from services.analysis.domain.findings import CodeFrame, Finding, Fix, Range, SourceSummary
    from services.analysis.domain.metrics import FunctionMetrics, Metrics


def encode_report(
    *,
    sha256: str,
    version: str,
    encoding: str,
    summary: SourceSummary,
    metrics: Metrics,
    findings: Sequence[Finding],
) -> bytes:
    """The serialised Report of one source, with nothing in it that belongs to one call."""
    head = report_pb2.Report(
        content_sha256=sha256,
        analyser_version=version,
        summary=summary_to_proto(summary),
        encoding=encoding,
    )
    measures = b"".join((_head_of_metrics(metrics).SerializeToString(), *map(_function, metrics.functions)))
    parts = [head.SerializeToString(), _METRICS, varint(len(measures)), measures]
    for finding in findings:
        common, own = _common_part(finding.rule), _own_part(finding)
        parts += (_FINDINGS, varint(len(common) + len(own)), common, own)
    return b"".join(parts)


def _bytes_tag(message: type[Message], field: str) -> bytes:
    """What stands before the length of a text or message in the field."""
    return bytes([message.DESCRIPTOR.fields_by_name[field].number << 3 | 2])


def _number_tag(message: type[Message], field: str) -> bytes:
    """What stands before a number in the field."""
    return bytes([message.DESCRIPTOR.fields_by_name[field].number << 3])


_FINDINGS = _bytes_tag(report_pb2.Report, "findings")
_METRICS = _bytes_tag(report_pb2.Report, "metrics")
_FUNCTIONS = _bytes_tag(report_pb2.Metrics, "functions")
_NAME = _bytes_tag(report_pb2.FunctionMetrics, "qualified_name")
_FUNCTION_RANGE = _bytes_tag(report_pb2.FunctionMetrics, "range")
_CYCLOMATIC = _number_tag(report_pb2.FunctionMetrics, "cyclomatic")
_COGNITIVE = _number_tag(report_pb2.FunctionMetrics, "cognitive")
_PARAMETERS = _number_tag(report_pb2.FunctionMetrics, "parameters")
_LINES = _number_tag(report_pb2.FunctionMetrics, "lines")
_START = _bytes_tag(report_pb2.Range, "start")
_END = _bytes_tag(report_pb2.Range, "end")
_LINE = _number_tag(report_pb2.Position, "line")
_COLUMN = _number_tag(report_pb2.Position, "column")
_MESSAGE = _bytes_tag(report_pb2.Finding, "message")
_RANGE = _bytes_tag(report_pb2.Finding, "range")
_FRAME = _bytes_tag(report_pb2.Finding, "code_frame")
_FIX = _bytes_tag(report_pb2.Finding, "fix")
_SYMBOL = _bytes_tag(report_pb2.Finding, "symbol")
_FIRST_LINE = _number_tag(report_pb2.CodeFrame, "first_line")
_FRAME_LINES = _bytes_tag(report_pb2.CodeFrame, "lines")
_FIX_MESSAGE = _bytes_tag(report_pb2.Fix, "message")
_APPLICABILITY = _number_tag(report_pb2.Fix, "applicability")
_EDITS = _bytes_tag(report_pb2.Fix, "edits")
_EDIT_RANGE = _bytes_tag(report_pb2.TextEdit, "range")
_NEW_TEXT = _bytes_tag(report_pb2.TextEdit, "new_text")


def _head_of_metrics(metrics: Metrics) -> report_pb2.Metrics:
    """The measures of a source, without those of its functions."""
    return report_pb2.Metrics(
        lines=metrics.lines,
        code_lines=metrics.code_lines,
        comment_lines=metrics.comment_lines,
        blank_lines=metrics.blank_lines,
        maintainability=metrics.maintainability,
    )


@lru_cache(maxsize=4096)
def _common_part(rule: str) -> bytes:
    document = rules_by_id()[rule]
    return report_pb2.Finding(
        rule=f"rules/{rule}",
        category=rule_pb2.Category.ValueType(document.category),
        severity=rule_pb2.Severity.ValueType(document.severity),
        confidence=rule_pb2.Confidence.ValueType(document.confidence),
        explanation=document.explanation,
        documentation_url=document.documentation_url,
        effect=effect_to_proto(document.effect),
    ).SerializeToString()


def _own_part(finding: Finding) -> bytes:
    message, symbol = finding.message.encode(), finding.symbol.encode()
    place, frame = _place(finding.range), _frame(finding.frame)
    parts = [_MESSAGE, varint(len(message)), message, _RANGE, varint(len(place)), place]
    parts += (_FRAME, varint(len(frame)), frame)
    if finding.fix is not None:
        fix = _fix(finding.fix)
        parts += (_FIX, varint(len(fix)), fix)
    if symbol:
        parts += (_SYMBOL, varint(len(symbol)), symbol)
    return b"".join(parts)


def _frame(frame: CodeFrame) -> bytes:
    parts = [_FIRST_LINE, varint(frame.first_line)]
    for line in frame.lines:
        text = line.encode()
        parts += (_FRAME_LINES, varint(len(text)), text)
    return b"".join(parts)


def _fix(fix: Fix) -> bytes:
    message = fix.message.encode()
    parts = [_FIX_MESSAGE, varint(len(message)), message, _APPLICABILITY, varint(fix.applicability)]
    for edit in fix.edits:
        place, text = _place(edit.range), edit.new_text.encode()
        own = b"".join((_EDIT_RANGE, varint(len(place)), place, _NEW_TEXT, varint(len(text)), text))
        parts += (_EDITS, varint(len(own)), own)
    return b"".join(parts)


def _function(function: FunctionMetrics) -> bytes:
    """One function's measures as they stand in the message."""
    name, place = function.qualified_name.encode(), _place(function.range)
    parts = [_NAME, varint(len(name)), name, _FUNCTION_RANGE, varint(len(place)), place]
    parts += (_CYCLOMATIC, varint(function.cyclomatic))
    if function.cognitive:
        parts += (_COGNITIVE, varint(function.cognitive))
    if function.parameters:
        parts += (_PARAMETERS, varint(function.parameters))
    parts += (_LINES, varint(function.lines))
    message = b"".join(parts)
    return _FUNCTIONS + varint(len(message)) + message


def _place(place: Range) -> bytes:
    (start_line, start_column), (end_line, end_column) = place
    start = _LINE + varint(start_line) + _COLUMN + varint(start_column)
    end = _LINE + varint(end_line) + _COLUMN + varint(end_column)
    return b"".join((_START, varint(len(start)), start, _END, varint(len(end)), end))
