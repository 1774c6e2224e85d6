"""Sources and reports between contract and domain."""

from __future__ import annotations

from typing import cast

from google.protobuf.duration_pb2 import Duration
from malha.analysis.v1 import analysis_service_pb2 as pb
from malha.analysis.v1 import report_pb2, source_pb2

from services.analysis.convert import summary_to_proto
from services.analysis.domain.access import ReportShare
from services.analysis.domain.reports import ReportRecord, Timings
from services.analysis.domain.source import SourceFile
from services.analysis.usecases.record import SourceResult, StoredReport
from services.runtime.errors import ErrorMap


def source_from_proto(source: source_pb2.Source) -> SourceFile:
    """The source, as text or bytes, whichever was sent."""
    return SourceFile(source.path, source.text if source.WhichOneof("body") == "text" else source.content)


STORAGE = "storage"
"""What the answer lacks when a report was not kept."""


def stored_to_proto(stored: StoredReport) -> report_pb2.Report:
    """The report of an analysis, which has no name where it was not kept."""
    report = report_to_proto(stored.record, stored.body)
    if not stored.kept:
        report.ClearField("name")
        report.degraded.append(STORAGE)
    return report


def report_to_proto(record: ReportRecord, body: bytes | None) -> report_pb2.Report:
    """The report; with its body, findings and metrics included, in the full view, else in the basic one."""
    report = report_pb2.Report.FromString(body) if body is not None else report_pb2.Report()
    report.name = f"reports/{record.id}"
    report.kind = cast("report_pb2.ReportKind.ValueType", record.kind.value)
    if record.parent is not None:
        report.parent = f"reports/{record.parent}"
    report.path = record.path
    report.create_time.FromDatetime(record.create_time)
    report.content_sha256 = record.content_sha256
    report.analyser_version = record.analyser_version
    report.encoding = record.encoding
    report.cached = record.cached
    report.timings.CopyFrom(timings_to_proto(record.timings))
    if body is None:
        report.summary.CopyFrom(summary_to_proto(record.summary))
    return report


def result_to_proto(result: SourceResult, errors: ErrorMap, request_id: str) -> pb.SourceResult:
    """The report of a source, or the status that AnalyzeSource would have answered with."""
    if isinstance(result.outcome, StoredReport):
        return pb.SourceResult(path=result.path, report=stored_to_proto(result.outcome))
    return pb.SourceResult(path=result.path, error=errors.to_status(result.outcome, request_id))


def share_to_proto(share: ReportShare) -> report_pb2.ReportShare:
    """The share of a report."""
    message = report_pb2.ReportShare(report=f"reports/{share.report}", subject=share.subject, creator=share.creator)
    message.create_time.FromDatetime(share.create_time)
    return message


def timings_to_proto(timings: Timings) -> report_pb2.Timings:
    """The timings, to the microsecond."""
    return report_pb2.Timings(
        total=_duration(timings.total), queued=_duration(timings.queued), analysing=_duration(timings.analysing)
    )


def _duration(seconds: float) -> Duration:
    duration = Duration()
    duration.FromMicroseconds(round(seconds * 1_000_000))
    return duration
