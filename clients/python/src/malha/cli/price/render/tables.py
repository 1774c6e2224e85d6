"""Tables that fit: they lose columns, and then their form, before they lose a figure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from rich.cells import cell_len
from rich.text import Text

from malha.cli.render.text import safe

Cell: TypeAlias = "str | Text"

_GAP: Final = 2
_LEAST_IN_BLOCKS: Final = 10


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    title: str
    right: bool = False
    rank: int = 0
    """Where there is no room, the highest rank is left out first; 0 never is."""
    style: str = ""
    wraps: int = 0
    """The fewest cells it takes when its text goes over several lines; 0: it never does."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A table as it is going to be written."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Text]]
    widths: Sequence[int]
    left_out: Sequence[str] = field(default=())
    as_blocks: bool = False


def fitted(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], width: int) -> Layout:
    """The table without its empty columns, and without those of the least use that have no room."""
    cells = [[_text(cell, column) for cell, column in zip(row, columns, strict=True)] for row in rows]
    kept = [index for index in range(len(columns)) if any(row[index].plain for row in cells)]
    left_out: list[int] = []
    while _least(columns, cells, kept) > width:
        droppable = [index for index in kept if columns[index].rank]
        if not droppable:
            break
        # Of equal ranks the last goes first.
        worst = max(droppable, key=lambda index: (columns[index].rank, index))
        kept.remove(worst)
        left_out.append(worst)
    too_wide = _least(columns, cells, kept) > width
    if too_wide:
        # A block has a line for each column: there is room for all of them.
        kept, left_out = sorted([*kept, *left_out]), []
    shown = [columns[index] for index in kept]
    rest = [[row[index] for index in kept] for row in cells]
    names = [columns[index].title for index in sorted(left_out)]
    return Layout(shown, rest, _widths(shown, rest, width), names, as_blocks=too_wide)


def laid_out(layout: Layout, width: int) -> Iterator[Text]:
    """The lines of the table."""
    if layout.as_blocks:
        yield from _blocks(layout, width)
        return
    titles = [Text(column.title, "dim") for column in layout.columns]
    for row in (titles, *layout.rows):
        cells = [
            _wrapped(cell, room) if column.wraps else [cell]
            for cell, column, room in zip(row, layout.columns, layout.widths, strict=True)
        ]
        for number in range(max(map(len, cells), default=0)):
            yield _line([lines[number] if number < len(lines) else Text() for lines in cells], layout)


def _line(parts: Sequence[Text], layout: Layout) -> Text:
    line = Text()
    for part, column, room in zip(parts, layout.columns, layout.widths, strict=True):
        padding = " " * (room - part.cell_len)
        line.append(" " * _GAP if line.plain else "")
        line.append_text(Text.assemble(padding, part) if column.right else Text.assemble(part, padding))
    return line


def _blocks(layout: Layout, width: int) -> Iterator[Text]:
    """A block of lines for each row, for terminals that are narrower than any table."""
    label = max(cell_len(column.title) for column in layout.columns)
    for number, row in enumerate(layout.rows):
        if number:
            yield Text()
        for column, cell in zip(layout.columns, row, strict=True):
            lines = _wrapped(cell, max(_LEAST_IN_BLOCKS, width - label - _GAP)) if column.wraps else [cell]
            for index, part in enumerate(lines if cell.plain else []):
                title = column.title if not index else ""
                yield Text.assemble((f"{title:<{label + _GAP}}", "dim"), part)


def _text(cell: Cell, column: Column) -> Text:
    return cell if isinstance(cell, Text) else Text(safe(cell), column.style)


def _natural(column: Column, cells: Sequence[Text]) -> int:
    return max([cell_len(column.title), *(cell.cell_len for cell in cells)])


def _least(columns: Sequence[Column], rows: Sequence[Sequence[Text]], kept: Sequence[int]) -> int:
    """The cells that the table takes at the least."""
    wide = [_natural(columns[index], [row[index] for row in rows]) for index in kept]
    least = [
        min(room, columns[index].wraps) if columns[index].wraps else room
        for index, room in zip(kept, wide, strict=True)
    ]
    return sum(least) + _GAP * (len(least) - 1)


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[Text]], width: int) -> list[int]:
    """What each column takes: those that wrap share what the others leave."""
    widths = [_natural(column, [row[index] for row in rows]) for index, column in enumerate(columns)]
    wrapping = [index for index, column in enumerate(columns) if column.wraps]
    room = width - sum(each + _GAP for index, each in enumerate(widths) if index not in wrapping)
    # The narrowest first: what it does not need is left to the others.
    for done, index in enumerate(sorted(wrapping, key=lambda index: widths[index])):
        share = max(room // (len(wrapping) - done) - _GAP, columns[index].wraps)
        widths[index] = min(widths[index], share)
        room -= widths[index] + _GAP
    return widths


def _wrapped(cell: Text, room: int) -> list[Text]:
    if cell.cell_len <= room:
        return [cell]
    return [Text(line, cell.style) for line in textwrap.wrap(cell.plain, room)]
