"""The rpcs that read reports: parse, call, format."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from malha.analysis.v1 import analysis_service_pb2 as pb
from malha.analysis.v1.analysis_service_pb2_grpc import AnalysisServiceServicer
from malha.analysis.v1.report_pb2 import REPORT_VIEW_BASIC

from services.analysis.convert_reports import report_to_proto
from services.analysis.rpc import report_fields
from services.analysis.usecases.get_report import GetReport
from services.analysis.usecases.list_reports import ListReports

DEFAULT_PAGE = 50
LARGEST_PAGE = 1_000


@dataclass(frozen=True, kw_only=True)
class ReportRpcs(AnalysisServiceServicer):
    """GetReport and ListReports."""

    get_report: GetReport
    list_reports: ListReports

    async def GetReport(self, request: pb.GetReportRequest, context: object) -> pb.GetReportResponse:
        report = UUID(request.name.removeprefix("reports/"))
        stored = await self.get_report(report, with_body=request.view != REPORT_VIEW_BASIC)
        return pb.GetReportResponse(report=report_to_proto(stored.record, stored.body))

    async def ListReports(self, request: pb.ListReportsRequest, context: object) -> pb.ListReportsResponse:
        page = min(request.page_size or DEFAULT_PAGE, LARGEST_PAGE)
        query, digest = report_fields.parse(request.filter, request.order_by, request.page_token, page)
        records, more = await self.list_reports(query)
        return pb.ListReportsResponse(
            reports=[report_to_proto(record, None) for record in records],
            next_page_token=report_fields.next_token(records[-1], query, digest) if more else "",
        )
