"""A page of an answer: text and tables in a width, the sources of its figures, and the catalogue they are of."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TextIO

from rich.console import Console
from rich.text import Text

from malha.cli.price.render.sources import Sources
from malha.cli.price.render.tables import Cell, Column, fitted, laid_out
from malha.cli.render.text import safe
from malha.settings import colour_wanted

if TYPE_CHECKING:
    from malha.pricing.v1 import offer_pb2

# Files and pipes have no width: whatever is read from there must not be cut.
_UNBOUNDED: Final = 100_000
NARROWEST: Final = 20


class Page:
    """What is written goes to a console; close it for what comes at the end."""

    def __init__(self, console: Console, *, sources: bool = False) -> None:
        self._console = console
        self.sources = Sources(wanted=sources)
        self._notices: list[str] = []

    @property
    def width(self) -> int:
        """In cells."""
        return max(NARROWEST, self._console.width)

    @property
    def blocks(self) -> bool:
        """Whether block and box characters can be written."""
        return self._console.encoding.lower().startswith("utf")

    def write(self, text: str | Text = "", style: str = "") -> None:
        """Writes a paragraph, wrapped to the width."""
        written = text if isinstance(text, Text) else Text(_lines(text), style)
        if self.width >= _UNBOUNDED:
            self.write_as_is(written)
            return
        for line in written.wrap(self._console, self.width):
            self.write_as_is(line)

    def write_as_is(self, line: Text) -> None:
        """Writes a line that fits."""
        line.rstrip()
        self._console.print(line, soft_wrap=True, highlight=False)

    def heading(self, text: str) -> None:
        """Writes what comes next."""
        self.write()
        self.write(text, "bold")

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[Cell]], nothing: str = "nothing") -> None:
        """Writes a table; where it is too wide, without its least columns, and then a block for each row.

        No figure is ever cut. What is left out is named.
        """
        if not rows:
            self.write(nothing)
            return
        layout = fitted(columns, rows, self.width)
        for line in laid_out(layout, self.width):
            self.write_as_is(line)
        if layout.left_out:
            self.write(f"no room for: {', '.join(layout.left_out)} (--json has all)", "dim")

    def notice(self, catalogue: offer_pb2.Catalogue | str) -> None:
        """Notes what the figures are of, to be told once, at the end."""
        text = catalogue if isinstance(catalogue, str) else catalogue.notice
        if text and text not in self._notices:
            self._notices.append(text)

    def close(self) -> None:
        """Writes the sources, if they are wanted, and what the figures are of."""
        lines = self.sources.lines()
        if lines:
            self.heading("Sources")
        for line in lines:
            self.write(line)
        for notice in self._notices:
            self.write(notice, "dim italic")
        self._notices.clear()


def output(stream: TextIO | None = None) -> Console:
    """A console on standard output; what is no terminal gets no colours, and lines as long as they are."""
    stream = stream or sys.stdout
    terminal = stream.isatty()
    colour = colour_wanted(terminal)
    return Console(
        file=stream, no_color=not colour, force_terminal=colour or None, width=None if terminal else _UNBOUNDED,
        highlight=False, emoji=False, markup=False,
    )  # fmt: skip


def _lines(text: str) -> str:
    """Foreign text, whose lines stay lines."""
    return "\n".join(safe(line) for line in text.split("\n"))
