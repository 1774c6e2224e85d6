"""The blocking client of `malha.analysis.v1.AnalysisService`."""

# ruff: noqa: A002 (`filter` is the field's name in the contract)

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import grpc

from malha import requests
from malha.analysis.v1 import analysis_service_pb2 as pb
from malha.analysis.v1 import report_pb2, rule_pb2, source_pb2
from malha.analysis.v1.analysis_service_pb2_grpc import AnalysisServiceStub
from malha.caller import Caller
from malha.deadlines import Deadlines
from malha.errors import from_rpc

_Response = TypeVar("_Response")
_SERVICE = pb.DESCRIPTOR.services_by_name["AnalysisService"]


class AnalysisClient(Caller):
    """Analyses Python sources and reads the reports and rules.

    Every method raises a subclass of `malha.MalhaError`, and takes `timeout` in seconds (default: the contract's).

    Attributes:
        stub: the generated stub, for what is not covered here.
    """

    def __init__(self, channel: grpc.Channel, timeout: float | None = None) -> None:
        super().__init__(Deadlines(_SERVICE, timeout))
        self.stub = AnalysisServiceStub(channel)

    def analyze_source(
        self,
        *,
        path: str,
        text: str | None = None,
        content: bytes | None = None,
        options: source_pb2.AnalysisOptions | None = None,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> report_pb2.Report:
        """Analyses one source, given as `text` or as the `content` of its file; the report has its findings.

        The call is repeatable: retries carry the same `request_id`, by default a new UUID.

        Raises:
            malha.InvalidArgument: with a `SOURCE_*` reason when the source cannot be analysed.
            ValueError: both or neither of `text` and `content` are given.
        """
        request = requests.analyze_source(requests.source(path, text, content), options, request_id)
        return self._call("AnalyzeSource", self.stub.AnalyzeSource, request, timeout).report

    def batch_analyze_sources(
        self,
        sources: Iterable[source_pb2.Source],
        *,
        options: source_pb2.AnalysisOptions | None = None,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> Sequence[pb.SourceResult]:
        """Analyses 1 to 256 sources; one result for each, in their order, with a report or an error.

        `malha.errors.from_status(result.error)` makes an exception of such an error.
        """
        request = requests.batch_analyze_sources(sources, options, request_id)
        return self._call("BatchAnalyzeSources", self.stub.BatchAnalyzeSources, request, timeout).results

    def analyze_project(
        self,
        files: Iterable[tuple[str, bytes]],
        *,
        label: str,
        options: source_pb2.AnalysisOptions | None = None,
        expected_files: int = 0,
        timeout: float | None = None,
    ) -> Iterator[pb.AnalyzeProjectResponse]:
        """Analyses files (path, content) as they come and yields the server's messages as they come.

        `files` is read in another thread, no faster than the server analyses; of what it gives, about one message of
        256 KiB is held. The last message has the project's report. An iterator that is dropped cancels the call, and an
        exception of `files` is raised here.
        """
        upload = _Upload(files, requests.project_start(label, options, expected_files))
        call = self.stub.AnalyzeProject(upload.messages(), timeout=self._deadlines.of("AnalyzeProject", timeout))
        try:
            yield from call
        except grpc.RpcError as error:
            if upload.failure is not None:
                raise upload.failure from None
            raise from_rpc(error) from error
        finally:
            call.cancel()

    def get_report(
        self,
        name: str,
        *,
        view: report_pb2.ReportView.ValueType = report_pb2.REPORT_VIEW_UNSPECIFIED,
        timeout: float | None = None,
    ) -> report_pb2.Report:
        """Gets one report by its name, `reports/{uuid}`, with its findings unless `view` is BASIC.

        Raises:
            malha.NotFound: there is none of that name.
        """
        return self._call("GetReport", self.stub.GetReport, pb.GetReportRequest(name=name, view=view), timeout).report

    def list_reports(
        self, *, filter: str = "", order_by: str = "", page_size: int = 0, timeout: float | None = None
    ) -> Iterator[report_pb2.Report]:
        """The reports that match an AIP-160 `filter`, newest first unless `order_by` says otherwise.

        They come without findings. Pages of `page_size` (0: the server's choice) are fetched as they are needed;
        `timeout` counts for each page.
        """
        request = pb.ListReportsRequest(filter=filter, order_by=order_by, page_size=page_size)
        return self._pages("ListReports", self.stub.ListReports, request, lambda page: page.reports, timeout)

    def get_rule(self, name: str, *, timeout: float | None = None) -> rule_pb2.Rule:
        """Gets one rule by its name, `rules/{id}`.

        Raises:
            malha.NotFound: there is none of that name.
        """
        return self._call("GetRule", self.stub.GetRule, pb.GetRuleRequest(name=name), timeout).rule

    def list_rules(
        self, *, filter: str = "", order_by: str = "", page_size: int = 0, timeout: float | None = None
    ) -> Iterator[rule_pb2.Rule]:
        """The rules that match an AIP-160 `filter`, by id unless `order_by` says otherwise; paged as `list_reports`."""
        request = pb.ListRulesRequest(filter=filter, order_by=order_by, page_size=page_size)
        return self._pages("ListRules", self.stub.ListRules, request, lambda page: page.rules, timeout)


class _Upload:
    """The request stream of a project, which remembers what went wrong while it was read."""

    def __init__(self, files: Iterable[tuple[str, bytes]], start: pb.AnalyzeProjectRequest) -> None:
        self._files = files
        self._start = start
        self.failure: Exception | None = None

    def messages(self) -> Iterator[pb.AnalyzeProjectRequest]:
        packer = requests.Packer()
        yield self._start
        try:
            for path, content in self._files:
                yield from packer.add(path, content)
        except Exception as failure:
            # gRPC would turn it into a bare UNKNOWN; the caller shall see what really happened.
            self.failure = failure
            raise
        yield from packer.rest()
