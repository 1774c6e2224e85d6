"""Which version is searched: readers take it as it is, a new one takes its place between two of them."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.pricing.domain.index.catalogue import CatalogueIndex


class NoCatalogue(LookupError):
    """No version has been loaded yet."""


class Holder:
    """The newest version, and a few before it for whoever is in the middle of its pages.

    To pin a version is to keep what `current` gave; nothing waits for a replacement, not even for a moment.
    """

    def __init__(self, current: CatalogueIndex | None = None, *, keep: int = 2) -> None:
        self._keep = keep
        self._held: tuple[CatalogueIndex, ...] = () if current is None else (current,)
        self._replacing = Lock()

    @property
    def current(self) -> CatalogueIndex:
        """The newest version.

        Raises:
            NoCatalogue: there is none yet.
        """
        held = self._held
        if not held:
            raise NoCatalogue
        return held[0]

    def at(self, number: int) -> CatalogueIndex | None:
        """The version with this number; None when it is not held any more, or not yet."""
        return next((index for index in self._held if index.version.number == number), None)

    def replace(self, new: CatalogueIndex) -> bool:
        """Make `new` the newest; False, and nothing changes, when one as new is held already."""
        with self._replacing:
            if self._held and self._held[0].version.number >= new.version.number:
                return False
            self._held = (new, *self._held[: self._keep - 1])
            return True
