"""The rpcs that read reports: parse, call, format."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from malha.analysis.v1 import analysis_service_pb2 as pb
from malha.analysis.v1.analysis_service_pb2_grpc import AnalysisServiceServicer
from malha.analysis.v1.report_pb2 import REPORT_VIEW_BASIC

from services.analysis.convert_reports import report_to_proto
from services.analysis.domain.reports import ReportKind, ReportRecord
from services.analysis.rpc.viewer import viewer
from services.analysis.usecases.get_report import GetReport
from services.analysis.usecases.list_reports import ListReports
from services.runtime.listing import FieldType, OrderTerm, requests
from services.runtime.listing.fields import INTEGER, NUMBER, STRING, TIMESTAMP
from services.runtime.listing.page import Listing

LISTING = Listing(
    method="ListReports",
    fields={
        "name": STRING,
        "kind": FieldType.enum(*(kind.name for kind in ReportKind), prefix="REPORT_KIND_"),
        "parent": STRING,
        "path": STRING,
        "create_time": TIMESTAMP,
        "content_sha256": STRING,
        "analyser_version": STRING,
        "summary.findings": INTEGER,
        "summary.score": NUMBER,
        "summary.code_lines": INTEGER,
    },
    order_types={"create_time": datetime, "path": str, "summary.score": float, "summary.findings": int},
    default_order=(OrderTerm("create_time", descending=True),),
)


@dataclass(frozen=True, kw_only=True)
class ReportRpcs(AnalysisServiceServicer):
    """GetReport and ListReports."""

    get_report: GetReport
    list_reports: ListReports

    async def GetReport(self, request: pb.GetReportRequest, context: object) -> pb.GetReportResponse:
        report = UUID(request.name.removeprefix("reports/"))
        stored = await self.get_report(viewer(), report, with_body=request.view != REPORT_VIEW_BASIC)
        return pb.GetReportResponse(report=report_to_proto(stored.record, stored.body))

    async def ListReports(self, request: pb.ListReportsRequest, context: object) -> pb.ListReportsResponse:
        page = requests.read(LISTING, request)
        found = await self.list_reports(viewer(), page)
        records, token = requests.cut(found, page, _value, lambda record: record.id)
        return pb.ListReportsResponse(
            reports=[report_to_proto(record, None) for record in records], next_page_token=token
        )


def _value(record: ReportRecord, field: str) -> Any:
    """What a report is ordered by."""
    match field:
        case "summary.score":
            return float(record.summary.score)
        case "summary.findings":
            return record.summary.findings
        case _:
            return getattr(record, field)
