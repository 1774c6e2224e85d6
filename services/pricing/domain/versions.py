"""Versions of the catalogue: immutable, published at once or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Origin(StrEnum):
    """Where the rows of a version come from."""

    REFERENCE = "reference"
    """The catalogue that the project brings along."""
    REFRESH = "refresh"
    """The providers' own interfaces; what was not refreshed is still the reference catalogue's."""


@dataclass(frozen=True, slots=True)
class Version:
    """One published version; a query is answered from exactly one."""

    number: int
    """Counts up from 1."""
    published_at: datetime
    origin: Origin
    read_from: datetime
    """The oldest moment at which one of its rows was read."""
    read_to: datetime
    """The newest one."""
    offers: int

    @property
    def name(self) -> str:
        """The resource name."""
        return f"catalogues/{self.number}"

    @property
    def notice(self) -> str:
        """What every answer says of its figures' age."""
        read = f"{self.read_from:%Y-%m-%d}"
        if f"{self.read_to:%Y-%m-%d}" != read:
            read = f"{read} to {self.read_to:%Y-%m-%d}"
        return f"{'reference catalogue' if self.origin is Origin.REFERENCE else 'refreshed catalogue'}, read {read}"
