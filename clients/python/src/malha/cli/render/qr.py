"""QR codes on a terminal, as a camera wants them: dark on light, whatever the colours of the terminal are."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import zip_longest
from typing import Final, TextIO

from malha.settings import dumb_terminal

QUIET_ZONE: Final = 4
"""The light modules around the code (ISO/IEC 18004, 6.3.8)."""

# Black on white out of the fixed part of the palette: the first sixteen colours are the terminal's theme, and what a
# theme leaves alone, the default colours, would show the code inverted on every second terminal.
_BLACK_ON_WHITE: Final = "\x1b[38;5;16;48;5;231m"
_AS_BEFORE: Final = "\x1b[0m"
# Upper and lower module of a cell, 1 for dark.
_CELLS: Final = {(0, 0): " ", (1, 0): "\N{UPPER HALF BLOCK}", (0, 1): "\N{LOWER HALF BLOCK}", (1, 1): "\N{FULL BLOCK}"}


def code_for(content: str, terminal: TextIO) -> str:
    """The code as text for this terminal; empty unless it is one, wide enough, with colours and block characters."""
    if not terminal.isatty() or dumb_terminal() or not (terminal.encoding or "").lower().startswith("utf"):
        return ""
    rows = modules(content)
    return drawn(rows) if len(rows[0]) <= _columns(terminal) else ""


def modules(content: str) -> list[tuple[int, ...]]:
    """The rows of the code with its quiet zone; 1 is dark."""
    import segno

    return [tuple(row) for row in segno.make(content, micro=False).matrix_iter(border=QUIET_ZONE)]


def drawn(rows: Sequence[Sequence[int]]) -> str:
    """The code in lines of text, each cell of which holds two modules, one above the other."""
    pairs = zip_longest(rows[::2], rows[1::2], fillvalue=(0,) * len(rows[0]))
    lines = ("".join(_CELLS[cell] for cell in zip(above, below, strict=True)) for above, below in pairs)
    return "\n".join(f"{_BLACK_ON_WHITE}{line}{_AS_BEFORE}" for line in lines)


def _columns(terminal: TextIO) -> int:
    try:
        # One of no width is one that does not tell.
        return os.get_terminal_size(terminal.fileno()).columns or 80
    except OSError:
        return 80
