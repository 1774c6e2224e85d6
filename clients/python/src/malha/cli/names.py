"""The short, lower-case words for the contract's enums, as a person reads and types them."""

from __future__ import annotations

from google.protobuf.descriptor import EnumDescriptor

from malha.analysis.v1 import report_pb2, rule_pb2


def words(enum: EnumDescriptor, prefix: str) -> dict[int, str]:
    """The word for each value but the unspecified one."""
    return {
        number: value.name.removeprefix(prefix).lower().replace("_", " ")
        for number, value in enum.values_by_number.items()
        if number
    }


SEVERITIES = words(rule_pb2.Severity.DESCRIPTOR, "SEVERITY_")
CATEGORIES = words(rule_pb2.Category.DESCRIPTOR, "CATEGORY_")
CONFIDENCES = words(rule_pb2.Confidence.DESCRIPTOR, "CONFIDENCE_")
ENGINES = words(rule_pb2.Engine.DESCRIPTOR, "ENGINE_")
BASES = words(rule_pb2.Basis.DESCRIPTOR, "BASIS_")
FIXES = words(rule_pb2.FixAvailability.DESCRIPTOR, "FIX_AVAILABILITY_")
APPLICABILITIES = words(report_pb2.Applicability.DESCRIPTOR, "APPLICABILITY_")
KINDS = words(report_pb2.ReportKind.DESCRIPTOR, "REPORT_KIND_")
