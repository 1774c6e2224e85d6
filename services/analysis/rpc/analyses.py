"""The rpcs that analyse: parse, call, format."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from malha.analysis.v1 import analysis_service_pb2 as pb
from malha.analysis.v1 import source_pb2
from malha.analysis.v1.analysis_service_pb2_grpc import AnalysisServiceServicer

from services.analysis.convert import options_from_proto
from services.analysis.convert_reports import (
    STORAGE,
    report_to_proto,
    result_to_proto,
    source_from_proto,
    stored_to_proto,
)
from services.analysis.domain.assembly import FilePart
from services.analysis.domain.errors import AnalysisError, ProjectStreamInvalid
from services.analysis.domain.options import AnalysisOptions
from services.analysis.domain.rules.catalogue import all_rules
from services.analysis.rpc.viewer import viewer
from services.analysis.usecases.analyze_project import AnalyzeProject, ProjectUpdate
from services.analysis.usecases.analyze_source import AnalyzeSource
from services.analysis.usecases.batch_analyze_sources import BatchAnalyzeSources
from services.analysis.usecases.record import StoredReport, request_digest
from services.runtime import call
from services.runtime.errors import ErrorMap
from services.runtime.exceptions import FieldViolation, ValidationFailed


@dataclass(frozen=True, kw_only=True)
class AnalysisRpcs(AnalysisServiceServicer):
    """AnalyzeSource, BatchAnalyzeSources and AnalyzeProject."""

    analyze_source: AnalyzeSource
    batch_analyze_sources: BatchAnalyzeSources
    analyze_project: AnalyzeProject
    errors: ErrorMap

    async def AnalyzeSource(self, request: pb.AnalyzeSourceRequest, context: object) -> pb.AnalyzeSourceResponse:
        source, options = source_from_proto(request.source), _options(request.options)
        request_id = _request_id(request.request_id, request_digest([source], options))
        stored = await self.analyze_source(viewer(), source, options, request_id)
        _tell_lack([stored])
        return pb.AnalyzeSourceResponse(report=stored_to_proto(stored))

    async def BatchAnalyzeSources(
        self, request: pb.BatchAnalyzeSourcesRequest, context: object
    ) -> pb.BatchAnalyzeSourcesResponse:
        sources = [source_from_proto(source) for source in request.sources]
        options = _options(request.options)
        request_id = _request_id(request.request_id, request_digest(sources, options))
        results = await self.batch_analyze_sources(viewer(), sources, options, request_id)
        _tell_lack([result.outcome for result in results])
        return pb.BatchAnalyzeSourcesResponse(
            results=[result_to_proto(result, self.errors, call.current().request_id) for result in results]
        )

    async def AnalyzeProject(
        self, request_iterator: AsyncIterator[pb.AnalyzeProjectRequest], context: object
    ) -> AsyncIterator[pb.AnalyzeProjectResponse]:
        start = await _start(request_iterator)
        options = _options(start.options, "start.")
        updates = self.analyze_project(viewer(), start.label, _parts(request_iterator), options)
        try:
            async for update in updates:
                yield self._response(update, start.expected_files)
        finally:
            await updates.aclose()

    def _response(self, update: ProjectUpdate, expected: int) -> pb.AnalyzeProjectResponse:
        request_id = call.current().request_id
        response = pb.AnalyzeProjectResponse(
            results=[result_to_proto(result, self.errors, request_id) for result in update.results],
            progress=pb.ProjectProgress(
                received_files=update.received, finished_files=update.finished, expected_files=expected
            ),
        )
        response.progress.elapsed.FromMilliseconds(int(update.elapsed_seconds * 1000))
        if update.report is not None:
            response.report.CopyFrom(report_to_proto(update.report, None))
        return response


def _options(message: source_pb2.AnalysisOptions, prefix: str = "") -> AnalysisOptions:
    """The options; raises ValidationFailed for a selection of rules that there are not, which would find nothing."""
    unknown = [
        FieldViolation(f"{prefix}options.select[{at}]", f"no rule's id begins with {begin!r}", "rule_exists")
        for at, begin in enumerate(message.select)
        if not any(rule.id.startswith(begin) for rule in all_rules())
    ]
    if unknown:
        raise ValidationFailed(unknown)
    return options_from_proto(message)


def _request_id(given: str, digest: bytes) -> UUID:
    """The caller's id, or one made of the edge's id and the request, which every retry of the mesh finds again."""
    return UUID(given) if given else uuid5(NAMESPACE_URL, f"{call.current().request_id}/{digest.hex()}")


def _tell_lack(outcomes: Sequence[StoredReport | AnalysisError]) -> None:
    """Say in the call's own words that reports were not kept."""
    if any(isinstance(outcome, StoredReport) and not outcome.kept for outcome in outcomes):
        call.current().lacks(STORAGE)


async def _start(requests: AsyncIterator[pb.AnalyzeProjectRequest]) -> pb.ProjectStart:
    first = await anext(aiter(requests), None)
    if first is None or first.WhichOneof("payload") != "start":
        raise ProjectStreamInvalid("", "the first message must be `start`")
    return first.start


async def _parts(requests: AsyncIterator[pb.AnalyzeProjectRequest]) -> AsyncIterator[FilePart]:
    async for request in requests:
        if request.WhichOneof("payload") != "chunks":
            raise ProjectStreamInvalid("", "`start` came twice")
        for chunk in request.chunks.chunks:
            yield FilePart(chunk.path, chunk.data, chunk.last)
