"""A small AnalysisService: the contract's behaviour without an engine, so that the client can be tried by itself.

Every `print(` is a finding, a line `!syntax` is a syntax error, and `!lose` makes the project's stream break once.
"""

from __future__ import annotations

import hashlib
import itertools
import threading
import uuid
from typing import TYPE_CHECKING

import grpc
from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from malha.analysis.v1 import analysis_service_pb2 as pb
from malha.analysis.v1 import report_pb2, rule_pb2, source_pb2
from malha.analysis.v1.analysis_service_pb2_grpc import AnalysisServiceServicer

if TYPE_CHECKING:
    from collections.abc import Iterator

RULE = rule_pb2.Rule(
    name="rules/MLH999",
    id="MLH999",
    title="print-call",
    category=rule_pb2.CATEGORY_PERFORMANCE,
    severity=rule_pb2.SEVERITY_WARNING,
    confidence=rule_pb2.CONFIDENCE_HIGH,
    engine=rule_pb2.ENGINE_MALHA,
    summary="A call of print.",
    explanation="Printing is slow.\n\nCollect the text and write it once.",
    bad_example="print(1)\n",
    good_example="write(1)\n",
)


class FakeAnalysis(AnalysisServiceServicer):
    """Keeps what it was asked, for the tests to look at."""

    def __init__(self) -> None:
        self.started = threading.Event()
        self.requests: list[object] = []
        self.metadata: list[dict[str, str | bytes]] = []
        self.remaining: list[float] = []
        self.message_bytes: list[int] = []
        self.failures_left = 0
        self.losses_left = 0
        self.reports: dict[str, report_pb2.Report] = {}

    def AnalyzeSource(
        self, request: pb.AnalyzeSourceRequest, context: grpc.ServicerContext
    ) -> pb.AnalyzeSourceResponse:
        self._note(request, context)
        if self.failures_left:
            self.failures_left -= 1
            refuse(context, code_pb2.UNAVAILABLE, "SHUTTING_DOWN", "the server is stopping")
        outcome = self._analyse(request.source.path, request.source.content or request.source.text.encode())
        if isinstance(outcome, status_pb2.Status):
            abort(context, outcome)
        return pb.AnalyzeSourceResponse(report=outcome)

    def BatchAnalyzeSources(
        self, request: pb.BatchAnalyzeSourcesRequest, context: grpc.ServicerContext
    ) -> pb.BatchAnalyzeSourcesResponse:
        self._note(request, context)
        results = [self._result(each.path, each.content or each.text.encode()) for each in request.sources]
        return pb.BatchAnalyzeSourcesResponse(results=results)

    def AnalyzeProject(
        self, request_iterator: Iterator[pb.AnalyzeProjectRequest], context: grpc.ServicerContext
    ) -> Iterator[pb.AnalyzeProjectResponse]:
        start = next(request_iterator)
        assert start.WhichOneof("payload") == "start"
        self._note(start, context)
        name, finished = f"reports/{uuid.uuid4()}", 0
        summary = report_pb2.Summary()
        for path, content in self._files(request_iterator):
            if b"!lose" in content and self.losses_left:
                self.losses_left -= 1
                refuse(context, code_pb2.UNAVAILABLE, "SHUTTING_DOWN", "the server is stopping")
            result = self._result(path, content)
            finished += 1
            summary.findings += result.report.summary.findings
            yield pb.AnalyzeProjectResponse(
                results=[result], progress=pb.ProjectProgress(finished_files=finished, received_files=finished)
            )
        report = report_pb2.Report(name=name, kind=report_pb2.REPORT_KIND_PROJECT, summary=summary)
        yield pb.AnalyzeProjectResponse(report=report, progress=pb.ProjectProgress(finished_files=finished))

    def GetReport(self, request: pb.GetReportRequest, context: grpc.ServicerContext) -> pb.GetReportResponse:
        self._note(request, context)
        if request.name not in self.reports:
            refuse(context, code_pb2.NOT_FOUND, "REPORT_NOT_FOUND", f"there is no {request.name}")
        return pb.GetReportResponse(report=self.reports[request.name])

    def ListReports(self, request: pb.ListReportsRequest, context: grpc.ServicerContext) -> pb.ListReportsResponse:
        self._note(request, context)
        size, first = request.page_size or 2, int(request.page_token or 0)
        page = list(itertools.islice(self.reports.values(), first, first + size))
        more = first + size < len(self.reports)
        return pb.ListReportsResponse(reports=page, next_page_token=str(first + size) if more else "")

    def GetRule(self, request: pb.GetRuleRequest, context: grpc.ServicerContext) -> pb.GetRuleResponse:
        self._note(request, context)
        if request.name != RULE.name:
            refuse(context, code_pb2.NOT_FOUND, "RULE_NOT_FOUND", f"there is no {request.name}")
        return pb.GetRuleResponse(rule=RULE)

    def ListRules(self, request: pb.ListRulesRequest, context: grpc.ServicerContext) -> pb.ListRulesResponse:
        self._note(request, context)
        if request.page_token:
            return pb.ListRulesResponse(rules=[RULE])
        return pb.ListRulesResponse(rules=[RULE], next_page_token="2")

    def _note(self, request: object, context: grpc.ServicerContext) -> None:
        self.requests.append(request)
        self.metadata.append({str(key): value for key, value in context.invocation_metadata()})
        self.remaining.append(context.time_remaining())
        self.started.set()

    def _files(self, messages: Iterator[pb.AnalyzeProjectRequest]) -> Iterator[tuple[str, bytes]]:
        parts: list[bytes] = []
        for message in messages:
            self.message_bytes.append(message.ByteSize())
            for chunk in message.chunks.chunks:
                parts.append(chunk.data)
                if chunk.last:
                    yield chunk.path, b"".join(parts)
                    parts = []
        assert not parts

    def _result(self, path: str, content: bytes) -> pb.SourceResult:
        outcome = self._analyse(path, content)
        if isinstance(outcome, status_pb2.Status):
            return pb.SourceResult(path=path, error=outcome)
        return pb.SourceResult(path=path, report=outcome)

    def _analyse(self, path: str, content: bytes) -> report_pb2.Report | status_pb2.Status:
        lines = content.decode().split("\n")
        if "!syntax" in lines:
            line = str(lines.index("!syntax") + 1)
            metadata = {"path": path, "line": line, "column": "1", "detail": "no"}
            return status(code_pb2.INVALID_ARGUMENT, "SOURCE_SYNTAX_INVALID", "it does not parse", **metadata)
        report = report_of(path, content, lines)
        self.reports[report.name] = report
        return report


def report_of(path: str, content: bytes, lines: list[str]) -> report_pb2.Report:
    """The report of a source: one finding for each line with a print."""
    findings = [finding(number, line) for number, line in enumerate(lines, 1) if "print(" in line]
    code_lines = sum(bool(line.strip()) for line in lines)
    summary = report_pb2.Summary(files=1, lines=len(lines), code_lines=code_lines, findings=len(findings), score=50.0)
    if findings:
        summary.by_severity.add(severity=rule_pb2.SEVERITY_WARNING, count=len(findings))
        summary.by_category.add(category=rule_pb2.CATEGORY_PERFORMANCE, count=len(findings))
    return report_pb2.Report(
        name=f"reports/{uuid.uuid4()}",
        kind=report_pb2.REPORT_KIND_SOURCE,
        path=path,
        content_sha256=hashlib.sha256(content).hexdigest(),
        encoding="utf-8",
        analyser_version="fake 1",
        summary=summary,
        findings=findings,
    )


def finding(number: int, line: str) -> report_pb2.Finding:
    """A finding at the print of a line, with a fix that renames it."""
    column = line.index("print(") + 1
    place = report_pb2.Range(
        start=report_pb2.Position(line=number, column=column),
        end=report_pb2.Position(line=number, column=column + 5),
    )
    return report_pb2.Finding(
        rule=RULE.name,
        category=RULE.category,
        severity=RULE.severity,
        confidence=RULE.confidence,
        message="print is called",
        explanation=RULE.explanation,
        range=place,
        code_frame=report_pb2.CodeFrame(first_line=number, lines=[line]),
        fix=report_pb2.Fix(
            message="Write instead",
            applicability=report_pb2.APPLICABILITY_SAFE,
            edits=[report_pb2.TextEdit(range=place, new_text="write")],
        ),
        documentation_url="/v1/rules/MLH999",
    )


def status(code: int, reason: str, message: str, /, **metadata: str) -> status_pb2.Status:
    """A status as the mesh makes it."""
    info = error_details_pb2.ErrorInfo(
        reason=reason, domain="malha.local", metadata={**metadata, "request_id": "req-1"}
    )
    packed = any_pb2.Any()
    packed.Pack(info)
    return status_pb2.Status(code=code, message=message, details=[packed])


def refuse(context: grpc.ServicerContext, code: int, reason: str, message: str) -> None:
    """Ends the call with an error."""
    abort(context, status(code, reason, message))


def abort(context: grpc.ServicerContext, what: status_pb2.Status) -> None:
    """Ends the call with this status, details in the trailers."""
    context.set_trailing_metadata((("grpc-status-details-bin", what.SerializeToString()), ("x-request-id", "req-1")))
    code = next(each for each in grpc.StatusCode if each.value[0] == what.code)
    context.abort(code, what.message)


def source(path: str, text: str) -> source_pb2.Source:
    """A source of text."""
    return source_pb2.Source(path=path, text=text)
