"""Misspelled words: the known ones that are one slip away."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_DOUBLED: Final = re.compile(r"([a-z])\1")
_SINGLED_AT_LEAST: Final = 6
"""Shorter words differ in a doubled letter alone: `carro` and `caro`."""


class Spelling:
    """Known words, found by what is left of them when one character is taken out. Immutable once built.

    A look-up costs as many dictionary look-ups as the word has characters, however many words are known.
    """

    def __init__(self, words: Iterable[str]) -> None:
        index: dict[str, set[str]] = defaultdict(set)
        singled: dict[str, set[str]] = defaultdict(set)
        for word in words:
            singled[_singled(word)].add(word)
            index[word].add(word)
            for shorter in _without_one(word):
                index[shorter].add(word)
        self._index = {left: tuple(sorted(found)) for left, found in index.items()}
        self._singled = {single: tuple(sorted(found)) for single, found in singled.items()}

    def near(self, word: str) -> tuple[str, ...]:
        """The known words that are at most one slip away: a character missing, too much, wrong, or two exchanged; and
        those that differ in which letters are doubled (`reccomend`)."""
        doubled = self._singled.get(_singled(word), ()) if len(word) >= _SINGLED_AT_LEAST else ()
        found: set[str] = set()
        for left in (word, *_without_one(word)):
            found.update(self._index.get(left, ()))
        return tuple(sorted({*doubled, *(known for known in found if within_one(word, known))}))


def _without_one(word: str) -> set[str]:
    return {word[:at] + word[at + 1 :] for at in range(len(word))}


def _singled(word: str) -> str:
    return _DOUBLED.sub(r"\1", word)


def within_one(one: str, other: str) -> bool:
    """Whether at most one insertion, deletion, substitution or exchange of neighbours lies between the two."""
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1:
        return False
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(one) < len(other):
        return one[at:] == other[at + 1 :]
    rest, others = one[at:], other[at:]
    return rest[1:] == others[1:] or (rest[:2] == others[1::-1] and rest[2:] == others[2:])
