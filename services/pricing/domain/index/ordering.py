"""Total orders of the rows of one version, and pages cut from what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from services.pricing.domain.index.columns import Column, Integers, Mask, frozen
from services.runtime.listing import OrderTerm

_WIDEST = 2**62


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """All rows in an order in which no two are equal."""

    rows: npt.NDArray[np.uint32]
    """The rows, first to last."""
    place: npt.NDArray[np.uint32]
    """The place of each row in `rows`."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A page of what was found."""

    rows: Integers
    """The rows of this page, in order."""
    total: int
    """How many rows match, on all pages together."""
    next_after: int | None
    """Behind which row the next page begins; None when this is the last one."""


def order_of(terms: Sequence[OrderTerm], columns: Mapping[str, Column], size: int) -> Order:
    """The rows by the terms, one after another, and by themselves where those are equal.

    What has no value comes last, whichever the direction.
    """
    keys, span = np.zeros(size, np.int64), 1
    for term in terms:
        column = columns[term.field]
        values = len(column.values) + 1
        if span * values > _WIDEST:
            _, keys = np.unique(keys, return_inverse=True)
            span = size
        keys = keys * values + _ranks(column, descending=term.descending)
        span *= values
    rows = np.argsort(_narrow(keys, span), kind="stable").astype(np.uint32)
    place = np.empty(size, np.uint32)
    place[rows] = np.arange(size, dtype=np.uint32)
    return Order(frozen(rows), frozen(place))


def _ranks(column: Column, *, descending: bool) -> Integers:
    codes, unknown = column.codes.astype(np.int64), len(column.values)
    return np.where(codes == unknown, codes, unknown - 1 - codes) if descending else codes


def _narrow(keys: Integers, span: int) -> npt.NDArray[Any]:
    # numpy sorts numbers of 16 bits by their digits, which is many times as fast as by comparison.
    return keys.astype(np.uint16) if span <= 2**16 else keys


def page_of(mask: Mask, total: int, order: Order, limit: int, after: int | None) -> Found:
    """The first `limit` of the rows in `mask`, of which there are `total`; only those behind the row `after`."""
    start = 0 if after is None else int(order.place[after]) + 1
    wanted = limit + 1
    size = len(mask)
    # Of rows in order, about one in `size / total` is found: walk them if that is less work than to sort what is found.
    walk = 2 * wanted * size // max(total, 1)
    places = _walked(mask, order, start, wanted, walk) if walk < total else _sorted(mask, order, start, wanted)
    rows = order.rows[places[:limit]].astype(np.int64)
    more = len(places) > limit and limit > 0
    return Found(frozen(rows), total, int(rows[-1]) if more else None)


def _walked(mask: Mask, order: Order, start: int, wanted: int, step: int) -> npt.NDArray[Any]:
    found: list[npt.NDArray[Any]] = []
    count = 0
    while count < wanted and start < len(mask):
        places = np.flatnonzero(mask[order.rows[start : start + step]]) + start
        found.append(places)
        count += len(places)
        start, step = start + step, 2 * step
    return np.concatenate(found)[:wanted] if found else np.zeros(0, np.int64)


def _sorted(mask: Mask, order: Order, start: int, wanted: int) -> npt.NDArray[Any]:
    places = order.place[mask]
    if start:
        places = places[places >= start]
    if len(places) > wanted:
        places = np.partition(places, wanted - 1)[:wanted]
    return np.sort(places)
