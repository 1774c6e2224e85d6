"""Measures of one source."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from services.analysis.domain.decoding import DecodedSource
from services.analysis.domain.findings import Range
from services.analysis.domain.structure import Structure

if TYPE_CHECKING:
    from tree_sitter import Node

QUERY = """
(comment) @comment
(string) @string
"""

# Begins with the end of the line before: anchored by `^` it takes twice as long.
_COMMENT_LINE = re.compile(rb"\n[ \t\f]*#")
_HASH = ord("#")
_PUNCTUATION = b"!%&()*+,-./:;<=>@[]^`{|}~"
_PUNCTUATION_TO_SPACE = bytes.maketrans(_PUNCTUATION, b" " * len(_PUNCTUATION))


class FunctionMetrics(NamedTuple):
    """Measures of one function or method; complexity without that of functions and classes inside it."""

    qualified_name: str
    range: Range
    cyclomatic: int
    cognitive: int
    parameters: int
    lines: int


@dataclass(frozen=True, slots=True)
class Metrics:
    """Measures of a source, as the contract's Metrics says."""

    lines: int
    code_lines: int
    comment_lines: int
    blank_lines: int
    functions: tuple[FunctionMetrics, ...]
    maintainability: float


def measure(source: DecodedSource, structure: Structure, strings: Sequence[Node], comments: Sequence[Node]) -> Metrics:
    """The measures of a source; `strings` and `comments` are the captures of `QUERY`."""
    parsable = source.parsable
    masked = _mask(parsable, strings, comments)
    rows = parsable.splitlines(keepends=True)
    lines, blank = len(rows), sum(map(bytes.isspace, rows))
    comment_lines = len(_COMMENT_LINE.findall(b"\n" + masked))
    code_lines = lines - blank - comment_lines
    cyclomatic = sum(scope.cyclomatic for scope in structure.scopes if scope.is_function or not scope.number)
    cyclomatic += sum(scope.cyclomatic - 1 for scope in structure.scopes if scope.number and not scope.is_function)
    functions = tuple(
        FunctionMetrics(
            scope.name,
            Range(start := source.position(scope.start), end := source.position(scope.end)),
            scope.cyclomatic,
            scope.cognitive,
            scope.parameters,
            end.line - start.line + 1,
        )
        for scope in structure.scopes
        if scope.is_function
    )
    index = _maintainability(_halstead_volume(masked), cyclomatic, code_lines)
    return Metrics(lines, code_lines, comment_lines, blank, functions, index)


def _mask(data: bytes, strings: Sequence[Node], comments: Sequence[Node]) -> bytes:
    """The source with every string literal as `"` and every comment as `#`."""
    places = [node.byte_range for node in strings]
    places += [node.byte_range for node in comments]
    places.sort()
    parts: list[bytes] = []
    at = 0
    for start, end in places:
        if start >= at:  # else a string in the replacement field of an f-string
            parts += (data[at:start], b"#" if data[start] == _HASH else b'"')
            at = end
    parts.append(data[at:])
    return b"".join(parts)


def _halstead_volume(masked: bytes) -> float:
    """N log2(n) for N tokens of n kinds (Halstead, 1977): names, keywords, numbers, string literals (one kind), and
    punctuation, of which each character is a token."""
    text = masked.replace(b"#", b" ")
    words = text.translate(_PUNCTUATION_TO_SPACE).split()
    marks = len(text) - len(text.translate(None, _PUNCTUATION))
    kinds = len(set(words)) + sum(mark in text for mark in _PUNCTUATION)
    total = len(words) + marks
    return total * math.log2(kinds) if kinds > 1 else float(total)


def _maintainability(volume: float, cyclomatic: int, code_lines: int) -> float:
    """The index of Oman and Hagemeister (1992), rescaled to 0-100, one decimal."""
    if code_lines <= 0 or volume <= 0:
        return 100.0
    index = 171 - 5.2 * math.log(volume) - 0.23 * cyclomatic - 16.2 * math.log(code_lines)
    return round(min(100.0, max(0.0, index * 100 / 171)), 1)
