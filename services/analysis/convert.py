"""Between the contract's messages and the domain's values."""

from __future__ import annotations

from malha.analysis.v1 import report_pb2, rule_pb2, source_pb2

from services.analysis.domain.findings import Category, Position, Range, Severity, SourceSummary
from services.analysis.domain.options import NEWEST, AnalysisOptions
from services.analysis.domain.rules.document import Effect, RuleDoc


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


def _position(position: Position) -> report_pb2.Position:
    return report_pb2.Position(line=position.line, column=position.column)
