"""A span, and a trace in a few words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Kind(StrEnum):
    """On which side of a call the work was done."""

    INTERNAL = "INTERNAL"
    SERVER = "SERVER"
    CLIENT = "CLIENT"
    PRODUCER = "PRODUCER"
    CONSUMER = "CONSUMER"


@dataclass(frozen=True, slots=True)
class Span:
    """One piece of work. Ids are lower-case hexadecimal digits, times nanoseconds since 1970."""

    trace_id: str
    span_id: str
    parent_id: str
    """Empty for the first span of a trace."""
    service: str
    replica: str
    """Empty for Envoy."""
    name: str
    kind: Kind
    start_ns: int
    end_ns: int
    failed: bool
    attributes: tuple[tuple[str, str], ...] = ()

    @property
    def duration_ns(self) -> int:
        """How long it took; never negative, whatever the clocks said."""
        return max(0, self.end_ns - self.start_ns)


@dataclass(frozen=True, slots=True)
class Summary:
    """A trace by its first span."""

    trace_id: str
    service: str
    name: str
    start_ns: int
    duration_ns: int
    """From the start of the first span to the end of the last."""
    spans: int
    failed: bool
    """Whether one of them failed."""


def summary(spans: Sequence[Span]) -> Summary:
    """The trace that `spans`, one at least, belong to."""
    known = {span.span_id for span in spans}
    # The first span of a trace may not have been sent yet, or was never ours: then the earliest one stands for it.
    roots = [span for span in spans if span.parent_id not in known] or spans
    first = min(roots, key=lambda span: (bool(span.parent_id), span.start_ns))
    end = max(span.end_ns for span in spans)
    return Summary(
        first.trace_id, first.service, first.name, first.start_ns, max(0, end - first.start_ns), len(spans),
        any(span.failed for span in spans),
    )  # fmt: skip
