"""Builds the requests that the blocking and the asyncio client share."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator

from malha.analysis.v1 import analysis_service_pb2 as pb
from malha.analysis.v1 import source_pb2

MESSAGE_BYTES = 256 * 1024
"""How much source one message of an upload carries: large enough to cost little, small enough to flow."""

MAX_SOURCE_BYTES = 5 * 1024 * 1024
"""The largest source that the contract allows."""

_CHUNKS_IN_MESSAGE = 1000


def source(path: str, text: str | None, content: bytes | None) -> source_pb2.Source:
    """A source from its text or its bytes.

    Raises:
        ValueError: both or neither are given.
    """
    if (text is None) == (content is None):
        raise ValueError("give either text or content")
    if text is not None:
        return source_pb2.Source(path=path, text=text)
    return source_pb2.Source(path=path, content=content or b"")


def analyze_source(
    item: source_pb2.Source, options: source_pb2.AnalysisOptions | None, request_id: str | None
) -> pb.AnalyzeSourceRequest:
    """A request for one source, repeatable under its id."""
    return pb.AnalyzeSourceRequest(source=item, options=options, request_id=request_id or new_request_id())


def batch_analyze_sources(
    items: Iterable[source_pb2.Source], options: source_pb2.AnalysisOptions | None, request_id: str | None
) -> pb.BatchAnalyzeSourcesRequest:
    """A request for several sources, repeatable under its id."""
    return pb.BatchAnalyzeSourcesRequest(sources=items, options=options, request_id=request_id or new_request_id())


def project_start(
    label: str, options: source_pb2.AnalysisOptions | None, expected_files: int
) -> pb.AnalyzeProjectRequest:
    """The first message of a project upload."""
    return pb.AnalyzeProjectRequest(start=pb.ProjectStart(label=label, options=options, expected_files=expected_files))


def new_request_id() -> str:
    """A fresh UUID."""
    return str(uuid.uuid4())


class Packer:
    """Packs files into upload messages of about `MESSAGE_BYTES`: small files share one, large ones take several."""

    def __init__(self) -> None:
        self._chunks: list[pb.FileChunk] = []
        self._bytes = 0

    def add(self, path: str, content: bytes) -> Iterator[pb.AnalyzeProjectRequest]:
        """Takes one file in and gives the messages that are full by now."""
        position = 0
        while True:
            # At least one byte of room is left here, since a full message has been given away.
            end = min(len(content), position + MESSAGE_BYTES - self._bytes)
            last = end == len(content)
            self._chunks.append(pb.FileChunk(path=path, data=content[position:end], last=last))
            self._bytes += end - position
            position = end
            if self._bytes >= MESSAGE_BYTES or len(self._chunks) >= _CHUNKS_IN_MESSAGE:
                yield from self.rest()
            if last:
                return

    def rest(self) -> Iterator[pb.AnalyzeProjectRequest]:
        """Gives what is left, if anything is."""
        if self._chunks:
            message = pb.AnalyzeProjectRequest(chunks=pb.FileChunks(chunks=self._chunks))
            self._chunks, self._bytes = [], 0
            yield message
