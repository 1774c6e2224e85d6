"""What the pool and a worker say to each other: length-prefixed msgpack frames."""

from __future__ import annotations

from typing import Any

import msgspec

from services.analysis.adapters.engine.outcome import EngineOutcome, EngineReport
from services.analysis.domain import errors
from services.analysis.domain.errors import AnalysisError, SourceError
from services.analysis.domain.findings import SourceSummary
from services.analysis.domain.options import AnalysisOptions
from services.analysis.domain.source import SourceFile

PREFIX = 4
"""Bytes of the length, big-endian, before each frame."""


class Job(msgspec.Struct, frozen=True, array_like=True):
    """Sources to analyse with the same options; a content is text where its flag says so."""

    options: AnalysisOptions
    paths: list[str]
    contents: list[bytes]
    texts: list[bool]


class Done(msgspec.Struct, frozen=True, array_like=True, tag=0):
    """A report."""

    summary: SourceSummary
    body: bytes
    encoding: str
    sha256: str
    seconds: float


class Failed(msgspec.Struct, frozen=True, array_like=True, tag=1):
    """An error: its class in `domain.errors` and its attributes."""

    kind: str
    attributes: dict[str, str | int]


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """One item for each source of a job, and the worker's resident bytes."""

    items: list[Done | Failed]
    resident: int


_ENCODER = msgspec.msgpack.Encoder()
_JOBS = msgspec.msgpack.Decoder(Job)
_ANSWERS = msgspec.msgpack.Decoder(Answer)


def encode_job(sources: list[SourceFile], options: AnalysisOptions) -> bytes:
    """The frame of a job, with its length."""
    return _framed(Job(options, [s.path for s in sources], [s.data() for s in sources], [s.is_text for s in sources]))


def decode_job(data: bytes) -> tuple[list[SourceFile], AnalysisOptions]:
    """The sources and options of a frame, without its length."""
    job = _JOBS.decode(data)
    sources = [
        SourceFile(path, content.decode("utf-8", "surrogatepass") if text else content)
        for path, content, text in zip(job.paths, job.contents, job.texts, strict=True)
    ]
    return sources, job.options


def encode_answer(outcomes: list[EngineOutcome], resident: int) -> bytes:
    """The frame of an answer, with its length."""
    return _framed(Answer([_item(outcome) for outcome in outcomes], resident))


def decode_answer(data: bytes) -> tuple[list[EngineOutcome], int]:
    """The outcomes and the worker's resident bytes of a frame, without its length."""
    answer = _ANSWERS.decode(data)
    return [_outcome(item) for item in answer.items], answer.resident


def _framed(message: msgspec.Struct) -> bytes:
    data = _ENCODER.encode(message)
    return len(data).to_bytes(PREFIX, "big") + data


def _item(outcome: EngineOutcome) -> Done | Failed:
    if isinstance(outcome, AnalysisError):
        return Failed(type(outcome).__name__, dict(vars(outcome)))
    return Done(outcome.summary, outcome.body, outcome.encoding, outcome.sha256, outcome.analysing_seconds)


def _outcome(item: Done | Failed) -> EngineOutcome:
    if isinstance(item, Done):
        return EngineReport(item.summary, item.body, item.encoding, item.sha256, 0.0, item.seconds)
    kind: Any = getattr(errors, item.kind)
    error: SourceError = kind(**item.attributes) if "line" in _parameters(kind) else _placeless(kind, item)
    return error


def _parameters(kind: type[SourceError]) -> tuple[str, ...]:
    return kind.__init__.__code__.co_varnames[: kind.__init__.__code__.co_argcount]


def _placeless(kind: Any, item: Failed) -> SourceError:
    attributes = {name: value for name, value in item.attributes.items() if name not in ("line", "column")}
    error: SourceError = kind(**attributes)
    return error
