"""What a fix changes, as a small diff."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from malha.analysis.v1 import report_pb2

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Hunk:
    """Neighbouring lines that a fix replaces."""

    first_line: int
    """The number of the first line, from 1, before the fix."""
    before: tuple[str, ...]
    after: tuple[str, ...]


def hunks(edits: Sequence[report_pb2.TextEdit], line: Callable[[int], str | None]) -> list[Hunk] | None:
    """The hunks of a fix whose edits are ordered and do not overlap; None when a line it touches is not known.

    Lines that stay as they are at either end of a hunk are left out.
    """
    found: list[Hunk] = []
    for group in _groups(edits):
        first, last = group[0].range.start.line, group[-1].range.end.line
        lines = [line(number) for number in range(first, last + 1)]
        # An edit may end at the start of the line after the last one.
        if lines[-1] is None and group[-1].range.end.column == 1:
            lines[-1] = ""
        before = [each for each in lines if each is not None]
        if len(before) != len(lines):
            return None
        hunk = _trimmed(first, before, _LINE_END.split(_applied(before, first, group)))
        if hunk.before or hunk.after:
            found.append(hunk)
    return found


def _groups(edits: Sequence[report_pb2.TextEdit]) -> list[list[report_pb2.TextEdit]]:
    groups: list[list[report_pb2.TextEdit]] = []
    for edit in edits:
        if groups and edit.range.start.line <= groups[-1][-1].range.end.line + 1:
            groups[-1].append(edit)
        else:
            groups.append([edit])
    return groups


def _applied(lines: Sequence[str], first: int, edits: Sequence[report_pb2.TextEdit]) -> str:
    text = "\n".join(lines)
    starts = [0]
    for each in lines:
        starts.append(starts[-1] + len(each) + 1)
    parts: list[str] = []
    position = 0
    for edit in edits:
        start = starts[edit.range.start.line - first] + edit.range.start.column - 1
        parts += (text[position:start], edit.new_text)
        position = starts[edit.range.end.line - first] + edit.range.end.column - 1
    return "".join((*parts, text[position:]))


def _trimmed(first: int, before: list[str], after: list[str]) -> Hunk:
    while before and after and before[-1] == after[-1]:
        before.pop()
        after.pop()
    same = 0
    while same < min(len(before), len(after)) and before[same] == after[same]:
        same += 1
    return Hunk(first + same, tuple(before[same:]), tuple(after[same:]))
