"""Columns at the borders of their codes' types."""

from __future__ import annotations

import numpy as np
import pytest

from services.pricing.domain.index.columns import encoded, numbers


@pytest.mark.parametrize("size", [0, 1, 253, 254, 255, 256, 257, 65_534, 65_535, 65_536])
def test_a_column_of_any_size_finds_all_its_values_and_none(size: int) -> None:
    column = encoded([*range(size), None])
    assert column.among([True] * (size + 1)).all()
    assert not column.among([False] * (size + 1)).any()
    assert np.flatnonzero(column.any_of((None,))).tolist() == [size]
    assert np.flatnonzero(column.any_of((size - 1, size))).tolist() == ([size - 1] if size else [])
    assert column.at_least(0).sum() == column.at_most(size).sum() == column.between(0, size).sum() == size
    assert [column.value(row) for row in (0, size)] == [0 if size else None, None]


def test_other_names_leave_out_rows_without_one() -> None:
    column = encoded(["a", "b", None, "c", "a"]).renamed({"a": "x", "b": None, "c": "z"}.get)
    assert [column.value(row) for row in range(5)] == ["x", None, None, "z", "x"]


def test_numbers_are_compared_as_they_are_written() -> None:
    column = numbers(np.array([100_000_001, -1, 100_000_000, 999_999_999_999_999]), 10**9)
    assert column.at_most(0.1).tolist() == [False, False, True, False]
    assert column.at_least(0.100000001).tolist() == [True, False, False, True]
    assert column.any_of((999_999.999999999,)).tolist() == [False, False, False, True]
