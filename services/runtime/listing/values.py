"""Reads the values of a filter as their fields' types."""

import math
from datetime import UTC, datetime

from services.runtime.exceptions import FilterInvalid
from services.runtime.listing.ast import Operator, Value, Wildcard
from services.runtime.listing.fields import FieldType, Kind
from services.runtime.listing.lexer import Token, TokenKind, unescape

_WORDS = {"true": True, "false": False}
# What a 64-bit column can be compared with.
_INTEGERS = range(-(2**63), 2**63)


def read_value(field: FieldType, operator: Operator, token: Token) -> Value:
    """The value that `token` writes, as `field` has it.

    Raises:
        FilterInvalid: it is no such value.
    """
    kind = field.kind
    if kind in (Kind.STRING, Kind.STRINGS):
        return _string(operator, token)
    text = unescape(token.text) if token.kind is TokenKind.QUOTED else token.text
    try:
        if kind is Kind.INTEGER:
            return _integer(text)
        if kind is Kind.NUMBER:
            return _number(text)
        if kind is Kind.BOOLEAN:
            return _WORDS[text]
        if kind is Kind.TIMESTAMP:
            return _timestamp(text)
        text = text.removeprefix(field.prefix)
        field.rank(text)
    except (ValueError, KeyError):
        raise FilterInvalid(token.position, f"expected {_expected(field)}") from None
    return text


def _string(operator: Operator, token: Token) -> str | Wildcard:
    text = token.text
    if "\x00" in text:
        raise FilterInvalid(token.position, "a string without null characters is expected")
    before = text.startswith("*")
    after = text.endswith("*") and not text.endswith("\\*") and len(text) > before
    inner = text[1 if before else 0 : -1 if after else None]
    inner = unescape(inner) if token.kind is TokenKind.QUOTED else inner
    if operator not in (Operator.EQUAL, Operator.NOT_EQUAL) or not (before or after):
        return unescape(text) if token.kind is TokenKind.QUOTED else text
    return Wildcard(inner, before, after)


def _integer(text: str) -> int:
    if len(text) > 20 or int(text) not in _INTEGERS:
        raise ValueError(text)
    return int(text)


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _timestamp(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.astimezone(UTC)


def _expected(field: FieldType) -> str:
    if field.kind is Kind.ENUM:
        return f"one of {', '.join(field.names)}"
    return {
        Kind.INTEGER: "a whole number of 64 bits",
        Kind.NUMBER: "a finite number",
        Kind.BOOLEAN: "true or false",
        Kind.TIMESTAMP: 'a moment with its offset, such as "2026-01-31T12:00:00Z"',
    }[field.kind]
