"""Turns a page of a list into SQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_

from services.runtime.listing.page import Page
from services.runtime.listing.sql import Columns, to_sql


def page_statement(statement: Select[Any], page: Page, columns: Columns, id_column: ColumnElement[Any]) -> Select[Any]:
    """`statement`, cut down to the entries of the page and one more if there is one: by the terms of the order, then by
    `id_column`, in the direction of the first term. `columns` has one for each field of the list."""
    terms = [(columns[term.field], term.descending) for term in page.order]
    terms.append((id_column, page.order[0].descending))
    statement = statement.where(to_sql(page.filter, columns))
    if page.after is not None:
        statement = statement.where(_behind(terms, page.after))
    order = [column.desc() if descending else column.asc() for column, descending in terms]
    return statement.order_by(*order).limit(page.limit + 1)


def _behind(terms: list[tuple[ColumnElement[Any], bool]], after: tuple[Any, ...]) -> ColumnElement[bool]:
    """Rows that come after `after`: further in one term, equal in all before it."""
    alternatives = []
    for number, ((column, descending), value) in enumerate(zip(terms, after, strict=True)):
        equal = [terms[earlier][0] == after[earlier] for earlier in range(number)]
        alternatives.append(and_(*equal, column < value if descending else column > value))
    return or_(*alternatives)
