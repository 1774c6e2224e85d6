"""Text as it is compared: without accents, case, invisible characters and look-alike letters."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_INVISIBLE: Final = dict.fromkeys(
    (
        0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x3164, 0xFEFF, 0xFFA0,
        *range(0x200B, 0x2010), *range(0x2060, 0x2065), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0),
    )
)  # fmt: skip
"""What is not seen and carries no text, such as the zero-width space: copied texts often have it."""
_REORDERING: Final = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
"""What makes a text look different from what it is."""
_TAGS: Final = range(0xE0000, 0xE0080)
"""Invisible copies of ASCII: a whole sentence may hide in them."""
_LOOK_ALIKES: Final = str.maketrans(
    "\u0430\u0441\u0501\u0435\u04bb\u0456\u0458\u043a\u043e\u0440\u0455\u0442\u0443\u0445\u0475\u051d"
    "\u03b1\u03b5\u03b9\u03ba\u03bf\u03bd\u03c1\u03c4\u03c5\u03c7",
    "acdehijkopstyxvwaeikovptux",
)
"""Cyrillic and Greek letters that look like Latin ones (from Unicode's confusables, UTS 39)."""
_PUNCTUATION: Final = str.maketrans(
    {
        "\u2019": "'",
        "\u2018": "'",
        "\u2032": "'",
        "\u2013": "-",
        "\u2014": "-",
        "\u2212": "-",
        "\u2010": "-",
        "\u2011": "-",
        "\u00d7": "x",
    }
)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A text without what cannot be seen."""

    text: str
    hidden: tuple[str, ...] = ()
    """What was hidden in it, so far as it is text."""


def clean(text: str) -> Cleaned:
    """The text in compatibility form, with its invisible characters taken out and told."""
    if text.isascii():
        return Cleaned(text.translate(_CONTROL) if not text.isprintable() else text)
    hidden = []
    smuggled = "".join(chr(ord(one) - _TAGS.start) for one in text if ord(one) in _TAGS)
    if smuggled:
        hidden.append("".join(one for one in smuggled if one.isprintable()))
        text = "".join(one for one in text if ord(one) not in _TAGS)
    shown = text.translate(_REORDERING)
    if shown != text:
        hidden.append("characters that reorder the text")
    shown = unicodedata.normalize("NFKC", shown.translate(_INVISIBLE)).translate(_PUNCTUATION)
    return Cleaned(shown.translate(_CONTROL), tuple(one for one in hidden if one))


_CONTROL: Final = {code: " " for code in range(32) if chr(code) != "\n"} | {127: " "}

_CONTRACTED: Final = frozenset(("what's", "that's", "it's", "who's", "how's", "where's", "let's"))


def fold(word: str) -> str:
    """The word as dictionaries have it: lower case, plain letters, without an English possessive."""
    return _known(word) if len(word) <= _WORD_AT_MOST else _folded(word)


def plain(text: str) -> str:
    """A text in lower case and plain letters."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFD", text.casefold())
    return "".join(one for one in parts if unicodedata.category(one) != "Mn").translate(_LOOK_ALIKES)


def _folded(word: str) -> str:
    folded = plain(word)
    return (folded if folded in _CONTRACTED else folded.removesuffix("'s")).replace("'", "")


_known: Final = lru_cache(maxsize=8_192)(_folded)
_WORD_AT_MOST: Final = 40
"""Longer words are not remembered: no dictionary has them."""
