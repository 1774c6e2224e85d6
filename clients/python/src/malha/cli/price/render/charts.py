"""Small drawings for terminals: a line of blocks for prices over time, and two paths that cross."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.text import Text

from malha.cli.price.render.styled import styled

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_SIGNS: Final = "_.-~=+*#"


@dataclass(frozen=True, slots=True)
class Marks:
    """The characters of a chart."""

    first: str
    second: str
    both: str
    crossing: str
    axis: str
    corner: str
    floor: str


_UNICODE: Final = Marks("●", "○", "◉", "┊", "│", "└", "─")
_ASCII: Final = Marks("c", "o", "x", ":", "|", "+", "-")


def sparkline(values: Sequence[int], *, blocks: bool) -> str:
    """One character for each value, the lowest to the highest; all the same is a low line."""
    signs = _BLOCKS if blocks else _SIGNS
    if not values:
        return ""
    low, high = min(values), max(values)
    if low == high:
        return signs[0] * len(values)
    return "".join(signs[(value - low) * (len(signs) - 1) // (high - low)] for value in values)


def resampled(moments: Sequence[float], values: Sequence[int], end: float, columns: int) -> list[int]:
    """The value that holds at each of `columns` moments from the first to `end`; `moments` ascend."""
    if not moments:
        return []
    span = max(end - moments[0], 0.0)
    found, position = [], 0
    for column in range(columns):
        now = moments[0] + span * column / max(columns - 1, 1)
        while position + 1 < len(moments) and moments[position + 1] <= now:
            position += 1
        found.append(values[position])
    return found


def paths(
    first: Sequence[int],
    second: Sequence[int],
    crossing: float | None,
    labels: tuple[str, str, str],
    width: int,
    height: int,
    *,
    blocks: bool,
) -> list[Text]:
    """Two paths over the same steps, from 0 on, and the step where they cross, in `height` lines.

    `labels` stand at the top, the middle and the bottom of the axis, for the highest value, its half and 0.
    """
    marks = _UNICODE if blocks else _ASCII
    gutter = max(map(len, labels)) + 1
    columns = max(10, width - gutter - 1)
    grid = _grid(first, second, crossing, columns, height, marks)
    named = {0: labels[0], (height - 1) // 2: labels[1], height - 1: labels[2]}
    lines = []
    for number, cells in enumerate(grid):
        line = styled((f"{named.get(number, ''):>{gutter - 1}} {marks.axis}", "dim"))
        for cell in cells:
            line.append(cell, _style(cell, marks))
        lines.append(line)
    lines.append(Text(" " * gutter + marks.corner + marks.floor * columns, "dim"))
    lines.append(Text(" " * (gutter + 1)) + _steps(len(first) - 1, crossing, columns))
    return lines


def legend(*, blocks: bool) -> tuple[str, str, str]:
    """The marks of the first path, the second, and where both are."""
    marks = _UNICODE if blocks else _ASCII
    return marks.first, marks.second, marks.both


def _grid(
    first: Sequence[int], second: Sequence[int], crossing: float | None, columns: int, height: int, marks: Marks
) -> list[list[str]]:
    grid = [[" "] * columns for _ in range(height)]
    highest = max([*first, *second, 1])
    last = max(len(first) - 1, 1)
    if crossing is not None and 0 <= crossing <= last:
        for row in grid:
            row[round(crossing * (columns - 1) / last)] = marks.crossing
    for column in range(columns):
        step = round(column * last / max(columns - 1, 1))
        for path, mark in ((second, marks.second), (first, marks.first)):
            if step < len(path):
                row = grid[height - 1 - max(0, path[step]) * (height - 1) // highest]
                row[column] = marks.both if row[column] == marks.second else mark
    return grid


def _steps(last: int, crossing: float | None, columns: int) -> Text:
    """The first step, the last, and the one of the crossing where it has room between them."""
    line = list(f"0{last!s:>{columns - 1}}")
    if crossing is not None and last:
        label = f"{crossing:.1f}"
        begin = min(round(crossing * (columns - 1) / last), columns - len(label))
        if begin > 1 and begin + len(label) < columns - len(str(last)):
            line[begin : begin + len(label)] = label
    return Text("".join(line), "dim")


def _style(cell: str, marks: Marks) -> str:
    return {marks.first: "cyan", marks.second: "yellow", marks.both: "bold", marks.crossing: "green"}.get(cell, "")
