"""A text cut into words, numbers and signs, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from services.pricing.domain.questions.folding import fold

_TOKEN: Final = re.compile(
    r"(?<![^\W_])(?:\d+(?:[.,]\d+)+|\.\d+)|\d+|[^\W\d_][^\W_]*(?:'[^\W\d_]{1,2}(?![^\W_]))?|[^\w\s]|_"
)
"""A number with its separators, digits, a word that may have digits behind its first letter, or a single sign."""
_TIMES: Final = re.compile(r"x(?=[^\W\d_])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text."""

    fold: str
    """As it is compared."""
    start: int
    """Index of its first character."""
    end: int
    """Index behind its last character."""
    glued: bool
    """Nothing stands between it and the token before."""

    @property
    def is_word(self) -> bool:
        """It has letters or digits."""
        return self.fold[:1].isalnum()


def tokenize(text: str) -> list[Token]:
    """The tokens in order. `8xA100` is three (`8`, `x`, `A100`), `16GB` two, `m7i.large` three, `can't` one."""
    tokens: list[Token] = []
    end = 0
    for found in _TOKEN.finditer(text):
        start = found.start()
        word = found.group()
        if tokens and start == end and tokens[-1].fold.isdigit() and _TIMES.match(word):
            tokens.append(Token("x", start, start + 1, True))
            start, word = start + 1, word[1:]
        tokens.append(Token(fold(word) or word, start, found.end(), bool(tokens) and start == tokens[-1].end))
        end = found.end()
    return tokens
