"""All rpcs of `malha.analysis.v1.AnalysisService` in one servicer."""

from __future__ import annotations

from dataclasses import dataclass

from services.analysis.rpc.analyses import AnalysisRpcs
from services.analysis.rpc.reports import ReportRpcs
from services.analysis.rpc.rules import RuleRpcs


@dataclass(frozen=True, kw_only=True)
class AnalysisServicer(AnalysisRpcs, ReportRpcs, RuleRpcs):
    """`malha.analysis.v1.AnalysisService`."""
