"""The bytes of a report are those that the contract's own messages would be read from."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from malha.analysis.v1 import report_pb2, rule_pb2

from services.analysis.convert import effect_to_proto, range_to_proto, summary_to_proto
from services.analysis.domain.findings import Applicability, CodeFrame, Finding, Fix, Position, Range, TextEdit
from services.analysis.domain.metrics import FunctionMetrics, Metrics
from services.analysis.domain.rules.catalogue import all_rules, rules_by_id
from services.analysis.domain.score import summarise
from services.analysis.encode_report import encode_report

# Around every length at which a number takes one byte more.
NUMBERS = st.one_of(st.integers(1, 300), st.sampled_from([127, 128, 16_383, 16_384, 5_000_000, 2**32 - 1]))
TEXTS = st.text(st.characters(codec="utf-8"), max_size=40) | st.sampled_from(["", "Ä" * 200, "x" * 20_000])
RANGES = st.builds(Range, st.builds(Position, NUMBERS, NUMBERS), st.builds(Position, NUMBERS, NUMBERS))
FIXES = st.builds(
    Fix, TEXTS, st.sampled_from(Applicability), st.lists(st.builds(TextEdit, RANGES, TEXTS), max_size=3).map(tuple)
)
FRAMES = st.builds(CodeFrame, NUMBERS, st.lists(TEXTS, max_size=7).map(tuple))
FUNCTIONS = st.builds(
    FunctionMetrics, TEXTS, RANGES, NUMBERS, st.integers(0, 200), st.integers(0, 200), st.integers(0, 20_000)
)


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    document = draw(st.sampled_from(list(all_rules())))
    return Finding(
        document.id, document.severity, document.confidence, document.category, draw(TEXTS), draw(RANGES),
        draw(FRAMES), draw(st.none() | FIXES), draw(TEXTS),
    )  # fmt: skip


def _expected(finding: Finding) -> report_pb2.Finding:
    document = rules_by_id()[finding.rule]
    message = report_pb2.Finding(
        rule=f"rules/{finding.rule}",
        category=rule_pb2.Category.ValueType(finding.category),
        severity=rule_pb2.Severity.ValueType(finding.severity),
        confidence=rule_pb2.Confidence.ValueType(finding.confidence),
        message=finding.message,
        explanation=document.explanation,
        range=range_to_proto(finding.range),
        code_frame=report_pb2.CodeFrame(first_line=finding.frame.first_line, lines=finding.frame.lines),
        documentation_url=document.documentation_url,
        effect=effect_to_proto(document.effect),
        symbol=finding.symbol,
    )
    if finding.fix is not None:
        edits = [report_pb2.TextEdit(range=range_to_proto(e.range), new_text=e.new_text) for e in finding.fix.edits]
        applicability = report_pb2.Applicability.ValueType(finding.fix.applicability)
        message.fix.CopyFrom(report_pb2.Fix(message=finding.fix.message, applicability=applicability, edits=edits))
    return message


def _measured(function: FunctionMetrics) -> report_pb2.FunctionMetrics:
    return report_pb2.FunctionMetrics(**{**function._asdict(), "range": range_to_proto(function.range)})


@given(st.lists(findings(), max_size=3), st.lists(FUNCTIONS, max_size=3))
def test_a_report_reads_as_if_the_messages_had_been_made(
    found: list[Finding], functions: list[FunctionMetrics]
) -> None:
    metrics = Metrics(900, 700, 100, 100, tuple(functions), 50.5)
    summary = summarise(found, metrics)
    body = encode_report(
        sha256="ab", version="malha 1", encoding="utf-8", summary=summary, metrics=metrics, findings=found
    )
    assert report_pb2.Report.FromString(body) == report_pb2.Report(
        content_sha256="ab",
        analyser_version="malha 1",
        encoding="utf-8",
        summary=summary_to_proto(summary),
        metrics=report_pb2.Metrics(
            lines=900, code_lines=700, comment_lines=100, blank_lines=100, maintainability=50.5,
            functions=map(_measured, functions),
        ),
        findings=map(_expected, found),
    )  # fmt: skip
