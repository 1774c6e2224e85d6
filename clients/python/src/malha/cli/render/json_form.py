"""JSON: every field of the contract under its own name, one file per line.

Enums are the contract's names, numbers are numbers (protobuf's own mapping makes strings of 64-bit ones), scalars are
always there, absent messages are not.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, TextIO

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from malha.cli.outcomes import Failure

if TYPE_CHECKING:
    from malha.analysis.v1 import report_pb2
    from malha.cli.outcomes import Outcome

_Convert = Callable[[Any], Any]
_encode = json.JSONEncoder(ensure_ascii=False, separators=(", ", ": ")).encode


class JsonWriter:
    """`{"files": [...], "summary": {...}, "report": "reports/..."}`.

    A file has `path` and either `error` or what its report holds (`report`, `score`, `summary`, `metrics`, `findings`);
    `findings` is there in both cases.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._separator = "\n"
        stream.write('{"files": [')

    def outcome(self, outcome: Outcome) -> None:
        """Writes one file."""
        self._stream.write(self._separator + _encode(_file(outcome)))
        self._separator = ",\n"

    def finish(self, summary: report_pb2.Summary, report: str) -> None:
        """Writes the sums."""
        self._stream.write(f'\n], "summary": {_encode(as_dict(summary))}, "report": {_encode(report)}}}\n')


def as_dict(message: Message) -> dict[str, Any]:
    """A message as what `json` can write."""
    return {name: convert(message) for name, present, convert in _plan(message.DESCRIPTOR) if present(message)}


def dump(value: object) -> str:
    """A value as indented JSON."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def _file(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome.result, Failure):
        failure = outcome.result
        error = {
            "code": failure.code,
            "reason": failure.reason,
            "message": failure.message,
            "metadata": dict(failure.metadata),
        }
        return {"path": outcome.shown, "error": error, "findings": []}
    report = as_dict(outcome.result)
    name = report.pop("name")
    return {**report, "path": outcome.shown, "report": name, "score": outcome.result.summary.score}


# The shape of a message type is worked out once, not once for each of forty thousand findings.
@cache
def _plan(descriptor: Descriptor) -> tuple[tuple[str, Callable[[Any], bool], _Convert], ...]:
    return tuple((field.name, _presence(field), _getter(field)) for field in descriptor.fields)


def _presence(field: FieldDescriptor) -> Callable[[Any], bool]:
    if not field.has_presence:
        return lambda message: True
    name = field.name
    return lambda message: bool(message.HasField(name))


def _getter(field: FieldDescriptor) -> _Convert:
    name, convert = field.name, _converter(field)
    if field.is_repeated:
        return lambda message: [convert(item) for item in getattr(message, name)]
    return lambda message: convert(getattr(message, name))


def _converter(field: FieldDescriptor) -> _Convert:
    if field.message_type is not None:
        special = (Timestamp.DESCRIPTOR.full_name, Duration.DESCRIPTOR.full_name)
        if field.message_type.full_name in special:
            return lambda value: value.ToJsonString()
        return as_dict
    if field.enum_type is not None:
        names = {number: value.name for number, value in field.enum_type.values_by_number.items()}
        # A newer server may know values that this client does not.
        return lambda value: names.get(value, value)
    return lambda value: value
