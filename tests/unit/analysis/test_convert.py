"""Messages and values say the same."""

from __future__ import annotations

import pytest
from malha.analysis.v1 import rule_pb2, source_pb2

from services.analysis.convert import options_from_proto, options_to_proto, rule_to_proto
from services.analysis.domain import findings
from services.analysis.domain.findings import Category, Severity
from services.analysis.domain.options import AnalysisOptions
from services.analysis.domain.rules.catalogue import all_rules


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
