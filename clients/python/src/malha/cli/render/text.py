"""Plain styled text for terminals: colours that can be off, and source that cannot play tricks on the terminal."""

from __future__ import annotations

import textwrap
import unicodedata
from functools import lru_cache
from typing import Final

from malha.analysis.v1 import rule_pb2

WIDTH: Final = 100

# Source is not trusted: an escape sequence in it would command the reader's terminal. Tabs stay, the other controls
# are shown as their pictures (U+2400...), and what turns the direction of text (CVE-2021-42574) as a mark.
_CONTROLS: Final[dict[int, str]] = {
    **{code: chr(0x2400 + code) for code in range(0x20) if code != 9},
    0x7F: "\N{SYMBOL FOR DELETE}",
    **dict.fromkeys(range(0x80, 0xA0), "\N{REPLACEMENT CHARACTER}"),
    **dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), "\N{REPLACEMENT CHARACTER}"),
    **dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}"),
}

_SEVERITY_COLOURS: Final[dict[int, str]] = {
    rule_pb2.SEVERITY_INFO: "36",
    rule_pb2.SEVERITY_WARNING: "33",
    rule_pb2.SEVERITY_ERROR: "31",
    rule_pb2.SEVERITY_CRITICAL: "1;97;41",
}


class Style:
    """Wraps text in ANSI colours, or leaves it alone."""

    def __init__(self, colour: bool) -> None:
        self._colour = colour

    def bold(self, text: str) -> str:
        """What a person looks for."""
        return self._in("1", text)

    def dim(self, text: str) -> str:
        """What a person may skip."""
        return self._in("2", text)

    def good(self, text: str) -> str:
        """What is, or becomes, right."""
        return self._in("32", text)

    def bad(self, text: str) -> str:
        """What is wrong or goes away."""
        return self._in("31", text)

    def severity(self, severity: int, text: str) -> str:
        """Text about a finding of this severity."""
        return self._in(_SEVERITY_COLOURS.get(severity, "0"), text)

    def _in(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour else text


def safe(text: str) -> str:
    """One line of foreign text that may be written to a terminal."""
    return text if text.isascii() and text.isprintable() else text.translate(_CONTROLS)


@lru_cache(maxsize=4096)
def paragraphs(text: str, indent: str) -> str:
    """Text of one or more paragraphs, wrapped and indented; the first line is not indented."""
    wrapped = [
        textwrap.fill(safe(part.replace("\n", " ")), WIDTH, initial_indent=indent, subsequent_indent=indent)
        for part in text.split("\n\n")
        if part.strip()
    ]
    return "\n".join(wrapped)[len(indent) :]


def blank_like(text: str) -> str:
    """White space as wide as the text stands in a terminal: tabs stay tabs, wide characters take two cells."""
    if text.isascii():
        return "".join("\t" if character == "\t" else " " for character in text)
    return "".join(_blank(character) for character in text)


def _blank(character: str) -> str:
    if character == "\t":
        return "\t"
    if unicodedata.combining(character):
        return ""
    return "  " if unicodedata.east_asian_width(character) in "WF" else " "
