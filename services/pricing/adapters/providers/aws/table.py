"""The form of Amazon's price files in CSV: five rows about the file, one of column names, then the prices.

Source: "Reading the service price list file", AWS Billing user guide, read 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import BinaryIO

from services.pricing.adapters.providers.parsing.documents import Unreadable, read_rows
from services.pricing.adapters.providers.parsing.verdicts import moment

_ABOUT = 5
_VERSION = "v1.0"


class Table:
    """An open price file: its rows, and each row's columns by name."""

    def __init__(self, document: BinaryIO, offer: str, needed: Sequence[str]) -> None:
        """Raises Unreadable unless it is a file of this offer with the columns that are needed."""
        self._rows = read_rows(document)
        about = {row[0]: row[1] for row in (self._next() for _ in range(_ABOUT)) if len(row) == 2}
        if about.get("FormatVersion") != _VERSION or about.get("OfferCode") != offer:
            raise Unreadable(f"no {offer} price file of format {_VERSION}")
        self.published_at: datetime | None = moment(about.get("Publication Date", ""))
        header = self._next()
        self._places = {name: place for place, name in enumerate(header)}
        missing = [name for name in needed if name not in self._places]
        if missing:
            raise Unreadable(f"columns are missing: {', '.join(missing)}")
        self._row: Sequence[str] = ()

    def rows(self) -> Iterator[bool]:
        """Goes on to each next row; False for one that has not all columns."""
        width = len(self._places)
        for row in self._rows:
            self._row = row
            yield len(row) == width

    def column(self, name: str) -> str:
        """The column of the row; empty where the file has no such column."""
        place = self._places.get(name)
        return self._row[place] if place is not None else ""

    @property
    def getter(self) -> Callable[[str], str]:
        """`column`, for functions that need nothing else."""
        return self.column

    def label(self) -> str:
        """What tells the row from others."""
        return " ".join(self._row[:5]) if self._row else ""

    def _next(self) -> Sequence[str]:
        row = next(self._rows, None)
        if row is None:
            raise Unreadable("the file ends before its first price")
        return row
