"""What pool and worker say to each other: length-prefixed MessagePack over the worker's standard input and output."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from services.analysis.adapters.engine.outcome import EngineOutcome, EngineReport
from services.analysis.domain import errors
from services.analysis.domain.errors import SourceError
from services.analysis.domain.findings import SourceSummary
from services.analysis.domain.options import AnalysisOptions
from services.analysis.domain.source import SourceFile

LENGTH_BYTES = 4
LARGEST_FRAME = 512 * 1024**2
"""A frame that claims to be larger is not one."""


class FrameInvalid(Exception):
    """What came through the pipe is no frame."""


class _Source(msgspec.Struct, frozen=True, array_like=True):
    # Texts and paths travel as bytes, since MessagePack has no lone surrogates and Python's strings may.
    path: bytes
    content: bytes
    is_text: bool


class Task(msgspec.Struct, frozen=True, array_like=True):
    """A batch for a worker."""

    sources: tuple[_Source, ...]
    options: AnalysisOptions


class _Report(msgspec.Struct, frozen=True, array_like=True, tag="report"):
    summary: SourceSummary
    body: bytes
    encoding: str
    sha256: str
    seconds: float


class _Error(msgspec.Struct, frozen=True, array_like=True, tag="error"):
    kind: str
    facts: dict[str, int | str | bytes]


class Reply(msgspec.Struct, frozen=True, array_like=True):
    """The outcomes of a batch, in order, and how much memory the worker holds, in bytes. The first reply of a worker
    has no outcomes and says that it is ready."""

    outcomes: tuple[_Report | _Error, ...]
    resident: int


_encoder = msgspec.msgpack.Encoder()
_task_decoder = msgspec.msgpack.Decoder(Task)
_reply_decoder = msgspec.msgpack.Decoder(Reply)
# Only what the worker may raise; a name that is not among them is no error of ours.
_KINDS = {
    kind.__name__: kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, SourceError) and kind is not SourceError
}


def encode_task(batch: Sequence[SourceFile], options: AnalysisOptions) -> bytes:
    """The frame that gives a batch to a worker."""
    sources = tuple(_Source(_text(source.path), source.data(), source.is_text) for source in batch)
    return _frame(_encoder.encode(Task(sources, options)))


def decode_task(payload: bytes) -> tuple[list[SourceFile], AnalysisOptions]:
    """The batch of a frame's payload."""
    task = _task_decoder.decode(payload)
    return [
        SourceFile(
            source.path.decode("utf-8", "surrogatepass"),
            source.content.decode("utf-8", "surrogatepass") if source.is_text else source.content,
        )
        for source in task.sources
    ], task.options


def encode_reply(outcomes: Sequence[EngineOutcome], resident: int) -> bytes:
    """The frame that answers with the outcomes of a batch."""
    return _frame(_encoder.encode(Reply(tuple(_pack(outcome) for outcome in outcomes), resident)))


def decode_reply(payload: bytes, queued_seconds: Sequence[float]) -> tuple[list[EngineOutcome], int]:
    """The outcomes of a frame's payload, with the time that each source waited, and the worker's memory."""
    try:
        reply = _reply_decoder.decode(payload)
        if len(reply.outcomes) != len(queued_seconds):
            raise FrameInvalid("another number of outcomes than of sources")
        return [_unpack(*pair) for pair in zip(reply.outcomes, queued_seconds, strict=True)], reply.resident
    except (msgspec.MsgspecError, KeyError) as error:
        raise FrameInvalid(str(error)) from error


def frame_length(prefix: bytes) -> int:
    """The length of the payload that follows; raises FrameInvalid."""
    length = int.from_bytes(prefix, "big")
    if length > LARGEST_FRAME:
        raise FrameInvalid(f"{length} bytes")
    return length


def _frame(payload: bytes) -> bytes:
    return len(payload).to_bytes(LENGTH_BYTES, "big") + payload


def _text(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


def _pack(outcome: EngineOutcome) -> _Report | _Error:
    if isinstance(outcome, EngineReport):
        return _Report(outcome.summary, outcome.body, outcome.encoding, outcome.sha256, outcome.analysing_seconds)
    facts = {name: _text(value) if isinstance(value, str) else value for name, value in vars(outcome).items()}
    return _Error(type(outcome).__name__, facts)


def _unpack(packed: _Report | _Error, queued: float) -> EngineOutcome:
    if isinstance(packed, _Report):
        return EngineReport(packed.summary, packed.body, packed.encoding, packed.sha256, queued, packed.seconds)
    kind = _KINDS[packed.kind]
    error = kind.__new__(kind)
    vars(error).update(
        (name, value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value)
        for name, value in packed.facts.items()
    )
    return error
