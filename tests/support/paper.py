"""A page of the command in memory."""

from __future__ import annotations

import io

from malha.cli.price.render.page import Page
from rich.console import Console


class Paper:
    """What is written to `page`, as text without colours."""

    def __init__(self, width: int = 160, *, sources: bool = False, encoding: str = "utf-8") -> None:
        self._stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, write_through=True)
        console = Console(file=self._stream, width=width, color_system=None, legacy_windows=False)
        self.page = Page(console, sources=sources)

    def text(self) -> str:
        """All of it; the page is closed with that."""
        self.page.close()
        self._stream.seek(0)
        return self._stream.read()
