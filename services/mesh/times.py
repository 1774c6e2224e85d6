"""Moments and durations as messages of protobuf, out of the units that the mesh computes in, and back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

if TYPE_CHECKING:
    from datetime import datetime


def seconds(value: Duration) -> float:
    """A duration in seconds."""
    return value.ToTimedelta().total_seconds()


def duration(value: float) -> Duration:
    """Seconds as a duration, to the microsecond."""
    message = Duration()
    message.FromTimedelta(timedelta(seconds=value))
    return message


def duration_of_nanoseconds(value: int) -> Duration:
    """Nanoseconds as a duration."""
    message = Duration()
    message.FromNanoseconds(value)
    return message


def timestamp(value: datetime) -> Timestamp:
    """A moment; one without a time zone counts as UTC."""
    message = Timestamp()
    message.FromDatetime(value)
    return message


def timestamp_of_nanoseconds(value: int) -> Timestamp:
    """Nanoseconds since 1970 as a moment."""
    message = Timestamp()
    message.FromNanoseconds(value)
    return message
