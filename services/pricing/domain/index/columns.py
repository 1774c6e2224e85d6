"""Columns: for each row the number of its value in an ascending list of all values that occur."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
"""One truth value for each row."""
Integers = npt.NDArray[np.int64]
Codes = npt.NDArray[np.unsignedinteger[Any]]
Value = TypeVar("Value", bound=Hashable)

# A set of values is looked for as this many ranges of codes at most; a lookup of each row's code costs about as much.
_MOST_RANGES = 6


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One value for each row, or none.

    A row's code is the position of its value in `values`, and `len(values)` where it has none: codes order rows as
    values do, and a comparison of values is one of small whole numbers. Both are never changed.
    """

    values: Sequence[Any] | npt.NDArray[Any]
    """Ascending, each once."""
    codes: Codes

    def value(self, row: int) -> Any:
        """The row's value; None where it has none."""
        code: int = self.codes.item(row)
        return self.values[code] if code < len(self.values) else None

    def between(self, first: int, end: int) -> Mask:
        """The rows with one of `values[first:end]`."""
        if end <= first:
            return np.zeros(len(self.codes), np.bool_)
        whole = self.codes.dtype.type
        # Unsigned numbers wrap: what is smaller than `first` becomes too large.
        shifted = self.codes - whole(first) if first else self.codes
        found: Mask = shifted < whole(end - first)
        return found

    def among(self, chosen: Sequence[bool]) -> Mask:
        """The rows whose value is chosen: one truth for each of `values`, and one more for rows without a value."""
        table = np.fromiter(chosen, np.bool_, len(self.values) + 1)
        edges = np.flatnonzero(np.diff(table, prepend=False, append=False))
        if len(edges) > 2 * _MOST_RANGES:
            # All codes are valid: `clip` only saves the check, and `take` is three times as fast as indexing.
            return table.take(self.codes, mode="clip")
        found: Mask = np.zeros(len(self.codes), np.bool_)
        for first, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            found |= self.between(first, end)
        return found

    def any_of(self, wanted: Iterable[Any]) -> Mask:
        """The rows that have one of these values; None stands for none. What does not occur selects nothing."""
        chosen = [False] * (len(self.values) + 1)
        for value in wanted:
            code = len(self.values) if value is None else bisect_left(self.values, value)
            if value is None or (code < len(self.values) and self.values[code] == value):
                chosen[code] = True
        return self.among(chosen)

    def at_least(self, value: Any) -> Mask:
        """The rows with this value or a greater one."""
        return self.between(bisect_left(self.values, value), len(self.values))

    def at_most(self, value: Any) -> Mask:
        """The rows with this value or a smaller one."""
        return self.between(0, bisect_right(self.values, value))

    def renamed(self, name: Callable[[Any], Any]) -> Column:
        """The same with other values, which must ascend as these do; None makes a row one without value."""
        names = [name(value) for value in self.values]
        left = [each for each in names if each is not None]
        if len(left) == len(names):
            return Column(tuple(left), self.codes)
        steps = np.cumsum([each is not None for each in names]) - 1
        table = np.append(np.where([each is not None for each in names], steps, len(left)), len(left))
        return Column(tuple(left), frozen(table.astype(code_type(len(left)))[self.codes]))

    def taken(self, rows: npt.NDArray[np.intp]) -> Column:
        """The column of these rows, in their order; a row may come more than once."""
        return Column(self.values, frozen(self.codes[rows]))


def code_type(values: int) -> type[np.uint8 | np.uint16 | np.uint32]:
    """The smallest type for the codes of so many values and of "none", and for how many these are."""
    if values + 1 < 2**8:
        return np.uint8
    return np.uint16 if values + 1 < 2**16 else np.uint32


def encoded(values: Sequence[Value | None], order: Callable[[Value], Any] | None = None) -> Column:
    """A column of these values, ascending by themselves or by `order`."""
    distinct = sorted({value for value in values if value is not None}, key=order)  # type: ignore[type-var,arg-type]
    code: dict[Value | None, int] = {value: number for number, value in enumerate(distinct)}
    code[None] = len(distinct)
    codes = np.fromiter((code[value] for value in values), code_type(len(distinct)), len(values))
    return Column(tuple(distinct), frozen(codes))


def numbers(values: Integers, divisor: int) -> Column:
    """A column of `values / divisor` as float64; -1 is no value.

    Two whole numbers of at most 15 digits never share a quotient, so that a comparison with a decimal number of as many
    digits is exact.
    """
    distinct, inverse = np.unique(values, return_inverse=True)
    if len(distinct) and distinct[0] == -1:
        distinct, inverse = distinct[1:], np.where(inverse == 0, len(distinct) - 1, inverse - 1)
    return Column(frozen(distinct / divisor), frozen(inverse.astype(code_type(len(distinct)))))


def frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The array, which nobody can write to any more."""
    array.setflags(write=False)
    return array
