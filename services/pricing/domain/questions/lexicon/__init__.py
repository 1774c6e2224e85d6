"""The words that questions are read with, in English and Portuguese.

In the tables a phrase with `*` before it belongs to both languages; a list that begins with `=` does so as a whole.
A verb with `~` or `^` stands for its forms: see `inflecting`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.pricing.domain.questions.lexicon.asking import ASKING
from services.pricing.domain.questions.lexicon.buying import BUYING
from services.pricing.domain.questions.lexicon.declining import DECLINING
from services.pricing.domain.questions.lexicon.filling import FILLING
from services.pricing.domain.questions.lexicon.inflecting import forms
from services.pricing.domain.questions.lexicon.measuring import MEASURING, NUMBER_WORDS, Span
from services.pricing.domain.questions.lexicon.signs import LEAVE, PERMISSION, REMOVE, Sign
from services.pricing.domain.questions.lexicon.telling import TELLING
from services.pricing.domain.questions.tokens import tokenize

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LEAVE", "PERMISSION", "REMOVE", "Entry", "Lexicon", "Sign", "Span"]

ENGLISH: Final = "en"
PORTUGUESE: Final = "pt"
BOTH: Final = ""
_SHORT: Final = {
    ENGLISH: (("what is", "whats"), ("what is", "what s"), ("you", "u"), ("something", "smth"), ("something", "sth")),
    PORTUGUESE: (
        ("do que", "doq"), ("o que", "oq"), ("o que", "o q"), ("que", "q"), ("voce", "vc"), ("quanto", "qto"),
        ("quanto", "qnto"), ("quanto", "qt"), ("quantos", "qtos"), ("para", "pra"), ("para o", "pro"), ("nao", "n"),
        ("por que", "pq"),
    ),
}  # fmt: skip
"""How words are written short within phrases."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a phrase means."""

    sign: Sign
    value: object = None
    language: str = BOTH
    """The language that the phrase gives away; empty where both have it."""


class Lexicon:
    """All phrases, found by their first word. Immutable once built."""

    def __init__(self) -> None:
        self._phrases: dict[tuple[str, ...], Entry] = {}
        for language, phrase, sign, value in _entries():
            words = tuple(token.fold for token in tokenize(phrase))
            known = self._phrases.get(words)
            if known is None:
                self._phrases[words] = Entry(sign, value, language)
            elif known.language != language:
                self._phrases[words] = Entry(known.sign, known.value)
        lengths: dict[str, set[int]] = {}
        for words in self._phrases:
            lengths.setdefault(words[0], set()).add(len(words))
        self._lengths = {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}
        self.words: Final = frozenset(word for words in self._phrases for word in words)
        """Every word of every phrase."""

    def longest(self, words: list[str], start: int) -> tuple[int, Entry] | None:
        """How many words the longest phrase from `start` on takes, and what it means; None where there is none."""
        for length in self._lengths.get(words[start], ()):
            entry = self._phrases.get(tuple(words[start : start + length]))
            if entry is not None and start + length <= len(words):
                return length, entry
        return None

    def content_words(self) -> frozenset[str]:
        """The single words that a misspelled one may have been meant to be: small words are not among them."""
        small = {
            Sign.FILLER,
            Sign.NUMBER,
            Sign.TO,
            Sign.OF,
            Sign.IN,
            Sign.FOR,
            Sign.WITH,
            Sign.THE,
            Sign.ONE,
            Sign.ACTION,
        }
        return frozenset(
            word
            for words, entry in self._phrases.items()
            if entry.sign not in small
            for word in words
            if len(word) > 4 and word.isalpha()
        )


def _written(phrase: str, language: str) -> Iterator[str]:
    """The phrase as it may be written: all forms of a verb, and with the short forms of everyday's typing."""
    if phrase[0] in "~^" and len(phrase) > 1 and phrase[1].isalpha():
        yield from forms(phrase, portuguese=language == PORTUGUESE)
        return
    yield phrase
    words = f" {phrase} "
    for long, short in _SHORT[language]:
        if f" {long} " in words and phrase != long:
            yield words.replace(f" {long} ", f" {short} ").strip()


def _entries() -> Iterator[tuple[str, str, Sign, object]]:
    """Language, phrase, sign and value of every phrase. What comes first has precedence."""
    for table in (ASKING, TELLING, DECLINING, BUYING, MEASURING, FILLING):
        for sign, value, english, portuguese in table:
            for language, phrases in ((ENGLISH, english), (PORTUGUESE, portuguese)):
                neutral = phrases.startswith("=")
                for phrase in filter(None, (each.strip() for each in phrases.removeprefix("=").split(", "))):
                    both = neutral or phrase.startswith("*")
                    for word in _written(phrase.removeprefix("*"), language):
                        yield BOTH if both else language, word, sign, value
    for number, words in NUMBER_WORDS.items():
        for word in words.split(", "):
            yield PORTUGUESE if word.startswith("=") else ENGLISH, word.removeprefix("="), Sign.NUMBER, number
    yield BOTH, ",", Sign.COMMA, None
