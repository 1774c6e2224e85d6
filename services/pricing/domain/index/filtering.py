"""A filter as truth values of rows, with the meaning that `services.runtime.listing.matches` gives it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np

from services.pricing.domain.index.columns import Column, Mask
from services.pricing.domain.index.rows import microseconds
from services.runtime.listing import And, Comparison, Expression, Not, Operator, Wildcard, matches
from services.runtime.listing.fields import Kind

# Few values, without an order of their own in Python: each is compared by itself.
_NAMED = frozenset({Kind.ENUM, Kind.BOOLEAN, Kind.STRINGS})


def rows_that_match(expression: Expression, columns: Mapping[str, Column], size: int) -> Mask:
    """Which of the `size` rows pass the filter; `columns` has one for each field that it names."""
    if isinstance(expression, Comparison):
        return _compared(expression, columns[expression.field])
    if isinstance(expression, Not):
        return ~rows_that_match(expression.operand, columns, size)
    conjunction = isinstance(expression, And)
    join = np.logical_and if conjunction else np.logical_or
    found = np.full(size, conjunction)
    for operand in expression.operands:
        join(found, rows_that_match(operand, columns, size), out=found)
    return found


def _compared(comparison: Comparison, column: Column) -> Mask:
    if comparison.type.kind in _NAMED:
        return column.among([matches(comparison, {comparison.field: value}.get) for value in (*column.values, None)])
    if comparison.operator is Operator.NOT_EQUAL:
        # This one alone is also passed by what has no value.
        return ~_compared(_equal(comparison), column)
    if comparison.operator is Operator.HAS:
        return column.among([*_having(str(comparison.value), column), False])
    if isinstance(comparison.value, Wildcard):
        return _pattern(comparison.value, column)
    return column.between(*_range(comparison.operator, _comparable(comparison.value), column.values))


def _equal(comparison: Comparison) -> Comparison:
    return Comparison(comparison.field, comparison.type, Operator.EQUAL, comparison.value)


def _comparable(value: Any) -> Any:
    return microseconds(value) if isinstance(value, datetime) else value


def _range(operator: Operator, value: Any, values: Any) -> tuple[int, int]:
    """The first position and the end of the values for which `value <operator> expected` holds."""
    below, through = bisect_left(values, value), bisect_right(values, value)
    return {
        Operator.EQUAL: (below, through),
        Operator.LESS: (0, below),
        Operator.LESS_OR_EQUAL: (0, through),
        Operator.GREATER: (through, len(values)),
        Operator.GREATER_OR_EQUAL: (below, len(values)),
    }[operator]


def _having(text: str, column: Column) -> list[bool]:
    if text == "*":
        return [bool(value) for value in column.values]
    folded = text.casefold()
    return [folded in value.casefold() for value in column.values]


def _pattern(pattern: Wildcard, column: Column) -> Mask:
    text, values = pattern.text, column.values
    if not pattern.anything_before:
        length = len(text)
        return column.between(bisect_left(values, text), bisect_right(values, text, key=lambda value: value[:length]))
    if pattern.anything_after:
        return column.among([*(text in value for value in values), False])
    return column.among([*(value.endswith(text) for value in values), False])
