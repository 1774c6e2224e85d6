"""The rpcs about shares of reports: parse, call, format."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from uuid import UUID

from malha.analysis.v1 import analysis_service_pb2 as pb
from malha.analysis.v1.analysis_service_pb2_grpc import AnalysisServiceServicer

from services.analysis.convert_reports import share_to_proto
from services.analysis.ports import ReportSharing
from services.analysis.rpc.viewer import viewer
from services.analysis.usecases.list_report_shares import list_report_shares
from services.analysis.usecases.share_report import ShareReport
from services.analysis.usecases.unshare_report import unshare_report
from services.runtime import audit
from services.runtime.db import UnitOfWork
from services.runtime.idempotency import Ledger


@dataclass(frozen=True, kw_only=True)
class ShareRpcs(AnalysisServiceServicer):
    """ShareReport, UnshareReport and ListReportShares. `open_work` begins a unit of work of a tenant, `sharing` makes
    the repository of a unit."""

    share_report: ShareReport
    ledger: Ledger
    open_work: Callable[[str], AbstractAsyncContextManager[UnitOfWork]]
    sharing: Callable[[UnitOfWork], ReportSharing]

    async def ShareReport(self, request: pb.ShareReportRequest, context: object) -> pb.ShareReportResponse:
        async def change(work: UnitOfWork) -> pb.ShareReportResponse:
            share = await self.share_report(self.sharing(work), viewer(), _report(request.name), request.subject)
            await audit.record(work, "analysis.reports.share", request.name, {"shown_to": request.subject})
            return pb.ShareReportResponse(share=share_to_proto(share))

        return await self.ledger.once(request, pb.ShareReportResponse, change)

    async def UnshareReport(self, request: pb.UnshareReportRequest, context: object) -> pb.UnshareReportResponse:
        async def change(work: UnitOfWork) -> pb.UnshareReportResponse:
            await unshare_report(self.sharing(work), viewer(), _report(request.name), request.subject)
            await audit.record(work, "analysis.reports.unshare", request.name, {"shown_to": request.subject})
            return pb.UnshareReportResponse()

        return await self.ledger.once(request, pb.UnshareReportResponse, change)

    async def ListReportShares(
        self, request: pb.ListReportSharesRequest, context: object
    ) -> pb.ListReportSharesResponse:
        who = viewer()
        async with self.open_work(who.tenant) as work:
            shares = await list_report_shares(self.sharing(work), who, _report(request.name))
        return pb.ListReportSharesResponse(shares=[share_to_proto(share) for share in shares])


def _report(name: str) -> UUID:
    return UUID(name.removeprefix("reports/"))
