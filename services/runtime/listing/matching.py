"""Evaluates a filter on Python objects."""

import operator
from collections.abc import Callable
from typing import Any

from services.runtime.listing.ast import And, Comparison, Expression, Not, Operator, Wildcard
from services.runtime.listing.fields import Kind

Getter = Callable[[str], Any]

_COMPARE: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQUAL: operator.eq,
    Operator.NOT_EQUAL: operator.ne,
    Operator.LESS: operator.lt,
    Operator.LESS_OR_EQUAL: operator.le,
    Operator.GREATER: operator.gt,
    Operator.GREATER_OR_EQUAL: operator.ge,
}


def matches(expression: Expression, getter: Getter) -> bool:
    """Whether an object passes; `getter` gives its value of a field, None where it has none, an enum's as its name.

    A field without value passes only `!=`.
    """
    if isinstance(expression, Comparison):
        return _compare(expression, getter(expression.field))
    if isinstance(expression, Not):
        return not matches(expression.operand, getter)
    if isinstance(expression, And):
        return all(matches(operand, getter) for operand in expression.operands)
    return any(matches(operand, getter) for operand in expression.operands)


def _compare(comparison: Comparison, actual: Any) -> bool:
    if actual is None:
        return comparison.operator is Operator.NOT_EQUAL
    expected = comparison.value
    if comparison.operator is Operator.HAS:
        return _has(comparison, actual)
    if isinstance(expected, Wildcard):
        return _matches_pattern(expected, actual) is (comparison.operator is Operator.EQUAL)
    if comparison.type.kind is Kind.ENUM:
        actual, expected = comparison.type.rank(actual), comparison.type.rank(str(expected))
    return _COMPARE[comparison.operator](actual, expected)


def _has(comparison: Comparison, actual: Any) -> bool:
    if comparison.value == "*":
        return bool(actual)
    if comparison.type.kind is Kind.STRINGS:
        return comparison.value in actual
    return str(comparison.value).casefold() in actual.casefold()


def _matches_pattern(pattern: Wildcard, actual: str) -> bool:
    if pattern.anything_before and pattern.anything_after:
        return pattern.text in actual
    return actual.endswith(pattern.text) if pattern.anything_before else actual.startswith(pattern.text)
