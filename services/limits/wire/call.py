"""One call on a connection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.runtime.method import Method

if TYPE_CHECKING:
    from services.limits.wire.streams import Streams


@dataclass(frozen=True, slots=True)
class Route:
    """A method of the server."""

    method: Method
    serve: Callable[[Call, bytes], None]
    """Gets a call and its message, and calls `answer` or `fail` of the call once, then or later. What it raises is the
    call's failure."""
    bounded: bool = True
    """Whether calls are refused while too many run."""


class Call:
    """A unary call, from the head of its request to the end of its answer."""

    __slots__ = ("began", "body", "complete", "id", "open", "request_id", "route", "running", "streams", "window")

    def __init__(self, streams: Streams, stream: int, request_id: str, window: int, began: float) -> None:
        self.streams = streams
        self.id = stream
        self.request_id = request_id
        self.began = began
        """By `time.perf_counter`."""
        self.window = window
        """How much data may be sent on its stream."""
        self.body = b""
        self.route: Route | None = None
        self.complete = False
        """Whether the whole request is there."""
        self.running = False
        """Whether it is among those that are counted as running."""
        self.open = True
        """Whether anybody waits for the outcome; what `answer` or `fail` say afterwards is dropped."""

    def answer(self, message: bytes) -> None:
        """The call succeeded."""
        if self.open:
            self.streams.answer(self, message)

    def fail(self, error: Exception) -> None:
        """The call failed; the error map of the server says what the caller hears."""
        if self.open:
            self.streams.fail(self, error)
