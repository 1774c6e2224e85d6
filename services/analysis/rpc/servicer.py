"""All rpcs of `malha.analysis.v1.AnalysisService` in one servicer."""

from __future__ import annotations

from dataclasses import dataclass

from services.analysis.rpc.analyses import AnalysisRpcs
from services.analysis.rpc.reports import ReportRpcs
from services.analysis.rpc.rules import RuleRpcs
from services.analysis.rpc.shares import ShareRpcs


@dataclass(frozen=True, kw_only=True)
class AnalysisServicer(AnalysisRpcs, ReportRpcs, ShareRpcs, RuleRpcs):
    """`malha.analysis.v1.AnalysisService`."""
