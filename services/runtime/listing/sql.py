"""Turns a filter into a SQLAlchemy expression that selects what `matches` accepts."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, any_, case, func, literal, not_, or_, true

from services.runtime.listing.ast import And, Comparison, Expression, Not, Operator, Wildcard
from services.runtime.listing.fields import FieldType, Kind

Columns = Mapping[str, ColumnElement[Any]]

_COMPARE: dict[Operator, Callable[[Any, Any], ColumnElement[bool]]] = {
    Operator.EQUAL: operator.eq,
    Operator.NOT_EQUAL: operator.ne,
    Operator.LESS: operator.lt,
    Operator.LESS_OR_EQUAL: operator.le,
    Operator.GREATER: operator.gt,
    Operator.GREATER_OR_EQUAL: operator.ge,
}


def to_sql(expression: Expression, columns: Columns) -> ColumnElement[bool]:
    """The filter over `columns`, which has one for each field.

    A column of an enum may hold the enum's names or their ranks as integers. A null behaves as in `matches`: it passes
    only `!=`, so that NOT means the opposite.
    """
    return _translate(expression, columns, negated=False)


def _translate(expression: Expression, columns: Columns, *, negated: bool) -> ColumnElement[bool]:
    if isinstance(expression, Comparison):
        return _comparison(expression, columns[expression.field], negated=negated)
    if isinstance(expression, Not):
        return not_(_translate(expression.operand, columns, negated=True))
    operands = [_translate(operand, columns, negated=negated) for operand in expression.operands]
    if isinstance(expression, And):
        return and_(true(), *operands)
    return or_(*operands)


def _comparison(comparison: Comparison, column: ColumnElement[Any], *, negated: bool) -> ColumnElement[bool]:
    # coalesce turns SQL's "unknown" into an answer, so that NOT means the opposite. It hides a column from its indexes,
    # so it stays away where an unknown selects nothing anyway: outside of NOT, for all but `!=`.
    found = _known(comparison, column)
    passes_null = comparison.operator is Operator.NOT_EQUAL
    return func.coalesce(found, passes_null) if negated or passes_null else found


def _known(comparison: Comparison, column: ColumnElement[Any]) -> ColumnElement[bool]:
    value = comparison.value
    if comparison.operator is Operator.HAS:
        return _has(comparison, column)
    if isinstance(value, Wildcard):
        found = _pattern(value, column)
        return found if comparison.operator is Operator.EQUAL else not_(found)
    compare = _COMPARE[comparison.operator]
    if comparison.type.kind is Kind.ENUM:
        return compare(_ranked(comparison.type, column), comparison.type.rank(str(value)))
    return compare(column, value)


def _has(comparison: Comparison, column: ColumnElement[Any]) -> ColumnElement[bool]:
    strings = comparison.type.kind is Kind.STRINGS
    if comparison.value == "*":
        return func.cardinality(column) > 0 if strings else column != ""
    if strings:
        return literal(comparison.value) == any_(column)
    return func.lower(column).contains(str(comparison.value).lower(), autoescape=True)


def _pattern(pattern: Wildcard, column: ColumnElement[Any]) -> ColumnElement[bool]:
    if pattern.anything_before and pattern.anything_after:
        return column.contains(pattern.text, autoescape=True)
    if pattern.anything_before:
        return column.endswith(pattern.text, autoescape=True)
    return column.startswith(pattern.text, autoescape=True)


def _ranked(field: FieldType, column: ColumnElement[Any]) -> ColumnElement[Any]:
    if column.type.python_type is int:
        return column
    return case({name: rank for rank, name in enumerate(field.names)}, value=column)
