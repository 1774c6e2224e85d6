"""Tables and drawings of prices keep every figure whole, however narrow the terminal is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from malha import money
from malha.cli.price.render import charts, words
from malha.cli.price.render.tables import Column

from tests.support.paper import Paper

CELL = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12)


def table(width: int, columns: list[Column], rows: list[list[str]]) -> str:
    paper = Paper(width)
    paper.page.table(columns, rows)
    return paper.text()


@given(st.lists(st.lists(CELL, min_size=4, max_size=4), min_size=1, max_size=4), st.integers(20, 120))
def test_what_must_be_shown_is_shown_in_full(rows: list[list[str]], width: int) -> None:
    columns = [Column("a"), Column("price", right=True), Column("b", rank=2), Column("c", rank=1)]
    text = table(width, columns, rows)
    for row in rows:
        assert all(cell in text for cell in row[:2])


def test_the_least_useful_columns_go_first_and_are_named() -> None:
    columns = [Column("type"), Column("price", right=True), Column("read", rank=1), Column("offer", rank=2)]
    rows = [["m7i.large", "0.1008", "2026-11-20", "aws~us-east-1~m7i.large"]]
    assert table(60, columns, rows).splitlines() == [
        "type        price  read        offer",
        "m7i.large  0.1008  2026-11-20  aws~us-east-1~m7i.large",
    ]
    assert table(40, columns, rows).splitlines() == [
        "type        price  read",
        "m7i.large  0.1008  2026-11-20",
        "no room for: offer (--json has all)",
    ]


def test_a_terminal_too_narrow_for_a_table_gets_a_block_for_each_row() -> None:
    columns = [Column("type"), Column("what"), Column("price", right=True), Column("offer", rank=1)]
    text = table(20, columns, [["Standard_D2s_v5", "on demand", "0.096", "az~1"], ["m7i.large", "spot", "0.03", ""]])
    assert text.splitlines() == [
        "type   Standard_D2s_v5", "what   on demand", "price  0.096", "offer  az~1", "",
        "type   m7i.large", "what   spot", "price  0.03",
    ]  # fmt: skip


def test_columns_that_wrap_share_the_room() -> None:
    text = table(40, [Column("n"), Column("why", wraps=10)], [["1", "dearer by 12 USD a month than the best one"]])
    assert text.splitlines() == ["n  why", "1  dearer by 12 USD a month than the", "   best one"]


def test_empty_columns_are_left_out_and_foreign_text_cannot_command() -> None:
    text = table(60, [Column("a"), Column("GPU"), Column("b")], [["\x1b[31mred", "", "y"]])
    assert "GPU" not in text and "\x1b" not in text


def test_prices_of_a_column_have_one_number_of_places() -> None:
    assert words.hourly([money.of("0.1"), None, money.of("12.34567")]) == ["0.10000", "", "12.34567"]
    assert words.hourly([money.of("0.123456789")]) == ["0.123457"]
    assert words.hourly([money.of("0.000000012")]) == ["0.000000012"]
    assert words.hourly([]) == []


@given(st.lists(st.integers(0, 10**15), max_size=40), st.booleans())
def test_a_sparkline_has_a_sign_for_each_value(values: list[int], blocks: bool) -> None:
    drawn = charts.sparkline(values, blocks=blocks)
    assert len(drawn) == len(values)
    signs = dict(zip(values, drawn, strict=True))
    order = "▁▂▃▄▅▆▇█" if blocks else "_.-~=+*#"
    assert [order.index(signs[value]) for value in sorted(signs)] == sorted(
        order.index(each) for each in signs.values()
    )


def test_a_price_is_drawn_for_as_long_as_it_held() -> None:
    assert charts.resampled([0.0, 75.0], [1, 2], 100.0, 5) == [1, 1, 1, 2, 2]
    assert charts.resampled([5.0], [1], 5.0, 3) == [1, 1, 1]
    assert charts.resampled([], [], 0.0, 3) == []


@pytest.mark.parametrize("blocks", [True, False])
def test_two_paths_cross_where_the_mark_is(blocks: bool) -> None:
    first, second = [600] * 13, [100 * month for month in range(13)]
    lines = [
        line.plain
        for line in charts.paths(first, second, 6.0, ("1,200", "600", "0"), 40, 9, blocks=blocks)
    ]  # fmt: skip
    marks = charts.legend(blocks=blocks)
    body, mark = lines[:9], "┊" if blocks else ":"
    middle = next(line for line in body if line.startswith("  600"))
    assert middle.count(marks[0]) > 20 and marks[2] in middle
    # The mark stands in one column, and both paths meet in it.
    column = {line.index(mark) for line in body if mark in line}
    assert len(column) == 1 and middle[column.pop()] in (marks[0], marks[2])
    assert all(len(line) <= 40 for line in lines)
    assert re.fullmatch(r" +0 +6\.0 +12", lines[-1])
    if not blocks:
        assert all(line.isascii() for line in lines)


@given(st.lists(st.integers(0, 10**15), min_size=2, max_size=40), st.integers(20, 100), st.floats(0, 60))
def test_any_two_paths_stay_in_their_frame(values: list[int], width: int, crossing: float) -> None:
    labels = ("1", "0.5", "0")
    for where in (None, crossing):
        lines = charts.paths(values, values[::-1], where, labels, width, 6, blocks=True)
        assert len(lines) == 8 and all(len(line.plain) <= width for line in lines)
