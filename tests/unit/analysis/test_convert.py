"""Messages and values say the same."""

from __future__ import annotations

import pytest
from malha.analysis.v1 import report_pb2, rule_pb2, source_pb2

from services.analysis.convert import encode_report, options_from_proto, options_to_proto, range_to_proto, rule_to_proto
from services.analysis.domain import findings
from services.analysis.domain.findings import Category, Severity
from services.analysis.domain.metrics import FunctionMetrics, Metrics
from services.analysis.domain.options import AnalysisOptions
from services.analysis.domain.rules.catalogue import all_rules
from services.analysis.domain.score import summarise


@pytest.mark.parametrize(
    ("message", "options"),
    [
        (source_pb2.AnalysisOptions(), AnalysisOptions()),
        (source_pb2.AnalysisOptions(target_version="3.9"), AnalysisOptions(target_version=(3, 9))),
        (
            source_pb2.AnalysisOptions(
                categories=[rule_pb2.CATEGORY_SECURITY],
                select=["S"],
                ignore=["S1", "S2"],
                minimum_severity=rule_pb2.SEVERITY_ERROR,
            ),
            AnalysisOptions(
                categories=frozenset({Category.SECURITY}),
                select=frozenset({"S"}),
                ignore=frozenset({"S1", "S2"}),
                minimum_severity=Severity.ERROR,
            ),
        ),
    ],
)
def test_options(message: source_pb2.AnalysisOptions, options: AnalysisOptions) -> None:
    assert options_from_proto(message) == options
    assert options_from_proto(options_to_proto(options)) == options
    assert options_from_proto(options_to_proto(options)).digest() == options.digest()


def test_rules_keep_what_they_say() -> None:
    for document in all_rules():
        rule = rule_to_proto(document)
        assert (rule.name, rule.id, rule.summary) == (f"rules/{document.id}", document.id, document.summary)
        assert rule.HasField("effect") == (document.effect is not None)


@pytest.mark.parametrize("enum", ["Category", "Severity", "Confidence"])
def test_enums_have_the_numbers_of_the_contract(enum: str) -> None:
    descriptor = rule_pb2.DESCRIPTOR.enum_types_by_name[enum]
    contract = {
        value.name.removeprefix(f"{enum.upper()}_"): value.number for value in descriptor.values if value.number
    }
    assert {member.name: int(member) for member in getattr(findings, enum)} == contract


@pytest.mark.parametrize("number", [0, 1, 127, 128, 16_383, 16_384, 5_000_000])
def test_measures_of_functions_keep_what_they_say(number: int) -> None:
    line = max(1, number)
    place = findings.Range(findings.Position(line, 1), findings.Position(line + 1, line))
    function = FunctionMetrics("Ä" * min(line, 200), place, line, number, number, 2)
    metrics = Metrics(1, 1, 0, 0, (function,), 50.0)
    body = encode_report(
        sha256="", version="", encoding="utf-8", summary=summarise([], metrics), metrics=metrics, findings=[]
    )
    message = report_pb2.FunctionMetrics(
        qualified_name=function.qualified_name,
        range=range_to_proto(place),
        cyclomatic=line,
        cognitive=number,
        parameters=number,
        lines=2,
    )
    report = report_pb2.Report.FromString(body)
    assert list(report.metrics.functions) == [message]
    assert report.metrics.maintainability == 50.0
    assert report.encoding == "utf-8"
