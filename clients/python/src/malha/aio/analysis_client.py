"""The asyncio client of `malha.analysis.v1.AnalysisService`; its methods promise what those of the blocking one do."""

# ruff: noqa: A002 (`filter` is the field's name in the contract)
# ruff: noqa: ASYNC109 (the timeout travels with the call as its deadline; asyncio.timeout would not tell the server)

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Sequence
from typing import TypeVar

import grpc
import grpc.aio

from malha import requests
from malha.aio.caller import AsyncCaller
from malha.analysis.v1 import analysis_service_pb2 as pb
from malha.analysis.v1 import report_pb2, rule_pb2, source_pb2
from malha.analysis.v1.analysis_service_pb2_grpc import AnalysisServiceStub
from malha.deadlines import Deadlines
from malha.errors import from_rpc

_Response = TypeVar("_Response")
_SERVICE = pb.DESCRIPTOR.services_by_name["AnalysisService"]


class AsyncAnalysisClient(AsyncCaller):
    """Analyses Python sources and reads the reports and rules; see `malha.analysis_client.AnalysisClient`.

    Attributes:
        stub: the generated stub, for what is not covered here.
    """

    def __init__(self, channel: grpc.aio.Channel, timeout: float | None = None) -> None:
        super().__init__(Deadlines(_SERVICE, timeout))
        self.stub = AnalysisServiceStub(channel)

    async def analyze_source(
        self,
        *,
        path: str,
        text: str | None = None,
        content: bytes | None = None,
        options: source_pb2.AnalysisOptions | None = None,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> report_pb2.Report:
        """Analyses one source, given as `text` or as the `content` of its file; the report has its findings."""
        request = requests.analyze_source(requests.source(path, text, content), options, request_id)
        return (await self._call("AnalyzeSource", self.stub.AnalyzeSource, request, timeout)).report

    async def batch_analyze_sources(
        self,
        sources: Iterable[source_pb2.Source],
        *,
        options: source_pb2.AnalysisOptions | None = None,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> Sequence[pb.SourceResult]:
        """Analyses 1 to 256 sources; one result for each, in their order, with a report or an error."""
        request = requests.batch_analyze_sources(sources, options, request_id)
        return (await self._call("BatchAnalyzeSources", self.stub.BatchAnalyzeSources, request, timeout)).results

    async def analyze_project(
        self,
        files: AsyncIterable[tuple[str, bytes]] | Iterable[tuple[str, bytes]],
        *,
        label: str,
        options: source_pb2.AnalysisOptions | None = None,
        expected_files: int = 0,
        timeout: float | None = None,
    ) -> AsyncIterator[pb.AnalyzeProjectResponse]:
        """Analyses files (path, content) as they come and yields the server's messages as they come.

        `files` is read no faster than the server analyses. An iterator that is closed cancels the call, and an
        exception of `files` is raised here.
        """
        upload = _Upload(files, requests.project_start(label, options, expected_files))
        call = self.stub.AnalyzeProject(upload.messages(), timeout=self._deadlines.of("AnalyzeProject", timeout))
        try:
            async for message in call:
                yield message
        except (grpc.RpcError, asyncio.CancelledError) as error:
            # A request iterator that raises makes gRPC cancel its own call, not the task it runs in.
            if upload.failure is not None:
                raise upload.failure from None
            if isinstance(error, grpc.RpcError):
                raise from_rpc(error) from error
            raise
        finally:
            call.cancel()

    async def get_report(
        self,
        name: str,
        *,
        view: report_pb2.ReportView.ValueType = report_pb2.REPORT_VIEW_UNSPECIFIED,
        timeout: float | None = None,
    ) -> report_pb2.Report:
        """Gets one report by its name, `reports/{uuid}`, with its findings unless `view` is BASIC."""
        request = pb.GetReportRequest(name=name, view=view)
        return (await self._call("GetReport", self.stub.GetReport, request, timeout)).report

    def list_reports(
        self, *, filter: str = "", order_by: str = "", page_size: int = 0, timeout: float | None = None
    ) -> AsyncIterator[report_pb2.Report]:
        """The reports that match an AIP-160 `filter`, page after page, without their findings."""
        request = pb.ListReportsRequest(filter=filter, order_by=order_by, page_size=page_size)
        return self._pages("ListReports", self.stub.ListReports, request, lambda page: page.reports, timeout)

    async def get_rule(self, name: str, *, timeout: float | None = None) -> rule_pb2.Rule:
        """Gets one rule by its name, `rules/{id}`."""
        return (await self._call("GetRule", self.stub.GetRule, pb.GetRuleRequest(name=name), timeout)).rule

    def list_rules(
        self, *, filter: str = "", order_by: str = "", page_size: int = 0, timeout: float | None = None
    ) -> AsyncIterator[rule_pb2.Rule]:
        """The rules that match an AIP-160 `filter`, page after page."""
        request = pb.ListRulesRequest(filter=filter, order_by=order_by, page_size=page_size)
        return self._pages("ListRules", self.stub.ListRules, request, lambda page: page.rules, timeout)


class _Upload:
    """The request stream of a project, which remembers what went wrong while it was read."""

    def __init__(
        self, files: AsyncIterable[tuple[str, bytes]] | Iterable[tuple[str, bytes]], start: pb.AnalyzeProjectRequest
    ) -> None:
        self._files = files
        self._start = start
        self.failure: Exception | None = None

    async def messages(self) -> AsyncIterator[pb.AnalyzeProjectRequest]:
        packer = requests.Packer()
        yield self._start
        try:
            async for path, content in _as_async(self._files):
                for message in packer.add(path, content):
                    yield message
        except Exception as failure:
            self.failure = failure
            raise
        for message in packer.rest():
            yield message


async def _as_async(
    files: AsyncIterable[tuple[str, bytes]] | Iterable[tuple[str, bytes]],
) -> AsyncIterator[tuple[str, bytes]]:
    if isinstance(files, AsyncIterable):
        async for file in files:
            yield file
    else:
        for file in files:
            yield file
