"""JSON: every field of the contract under its own name, one file per line.

Enums are the contract's names, numbers are numbers (protobuf's own mapping makes strings of 64-bit ones), scalars are
always there, absent messages are not.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
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
    plan = _plan(message.DESCRIPTOR)
    converted = dict(zip(plan.names, plan.plain(message), strict=True))
    for name, optional, convert in plan.others:
        if not optional or message.HasField(name):
            converted[name] = convert(getattr(message, name))
    return converted


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


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a type of message becomes a dictionary: its plain fields all at once in C, the others one by one."""

    names: tuple[str, ...]
    plain: Callable[[Message], tuple[Any, ...]]
    others: tuple[tuple[str, bool, _Convert], ...]
    """Name, whether it may be absent, conversion."""


# The shape of a message type is worked out once, not once for each of forty thousand findings.
@cache
def _plan(descriptor: Descriptor) -> _Plan:
    plain = tuple(field.name for field in descriptor.fields if _is_plain(field))
    others = tuple(
        (field.name, field.has_presence, _converter(field)) for field in descriptor.fields if not _is_plain(field)
    )
    return _Plan(plain, _all_of(plain), others)


def _is_plain(field: FieldDescriptor) -> bool:
    as_bytes = field.type == FieldDescriptor.TYPE_BYTES
    return not (field.is_repeated or field.has_presence or field.enum_type or as_bytes)


def _all_of(names: tuple[str, ...]) -> Callable[[Message], tuple[Any, ...]]:
    # attrgetter answers with a tuple only when it is asked for several names.
    if len(names) > 1:
        return attrgetter(*names)
    return lambda message: tuple(getattr(message, name) for name in names)


def _converter(field: FieldDescriptor) -> _Convert:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        entry = _value_converter(field.message_type.fields_by_name["value"])
        return lambda values: {str(key): entry(values[key]) for key in sorted(values)}
    convert = _value_converter(field)
    if field.is_repeated:
        return lambda values: [convert(value) for value in values]
    return convert


def _value_converter(field: FieldDescriptor) -> _Convert:
    if field.message_type is not None:
        special = (Timestamp.DESCRIPTOR.full_name, Duration.DESCRIPTOR.full_name)
        if field.message_type.full_name in special:
            return lambda value: value.ToJsonString()
        return as_dict
    if field.enum_type is not None:
        names = {number: value.name for number, value in field.enum_type.values_by_number.items()}
        # A newer server may know values that this client does not.
        return lambda value: names.get(value, value)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return lambda value: b64encode(value).decode()
    return lambda value: value
