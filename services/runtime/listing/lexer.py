"""Cuts a filter into words."""

import re
from enum import Enum, auto
from typing import NamedTuple

from services.runtime.exceptions import FilterInvalid

LONGEST_FILTER = 4096


class TokenKind(Enum):
    """What a token is."""

    WORD = auto()  # unquoted text: a field, a value or a keyword
    QUOTED = auto()  # text in single or double quotes
    OPERATOR = auto()
    OPEN = auto()
    CLOSE = auto()
    MINUS = auto()
    END = auto()


class Token(NamedTuple):
    """A piece of a filter; `position` is 1-based."""

    kind: TokenKind
    text: str
    position: int


_PATTERN = re.compile(
    r"""(?P<SPACE>\s+)
    |(?P<QUOTED>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<OPERATOR><=|>=|!=|[<>=:])
    |(?P<OPEN>\()
    |(?P<CLOSE>\))
    |(?P<MINUS>-(?=[A-Za-z_(]))
    |(?P<WORD>\d{4}-\d\d-\d\d[Tt][0-9:.]+(?:[Zz]|[+-][0-9:]+)?|[^\s"'<>=!:()]+)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def tokenise(text: str) -> list[Token]:
    """The tokens of a filter, with END as the last.

    Raises:
        FilterInvalid: the filter is too long, or a character fits nothing.
    """
    if len(text) > LONGEST_FILTER:
        raise FilterInvalid(LONGEST_FILTER + 1, f"a filter has at most {LONGEST_FILTER} characters")
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = _PATTERN.match(text, position)
        if match is None or match.lastgroup is None:
            raise FilterInvalid(position + 1, f"cannot read {text[position]!r}")
        if match.lastgroup != "SPACE":
            tokens.append(_token(match.lastgroup, match.group(), position + 1))
        position = match.end()
    tokens.append(Token(TokenKind.END, "", len(text) + 1))
    return tokens


def _token(group: str, text: str, position: int) -> Token:
    kind = TokenKind[group]
    return Token(kind, text[1:-1] if kind is TokenKind.QUOTED else text, position)


def unescape(text: str) -> str:
    """A quoted text without its backslashes."""
    return _ESCAPE.sub(r"\1", text)
