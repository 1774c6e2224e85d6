"""What a cache is."""

from collections.abc import Mapping, Sequence
from typing import Protocol


class Cache(Protocol):
    """Bytes by key. A cache may forget anything at any time, and never fails: what is wrong with it is a miss.

    Values are immutable: the same key always stands for the same content.
    """

    async def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The values of those keys that are known."""

    async def set_many(self, items: Mapping[str, bytes]) -> None:
        """Remembers the values, if there is room."""
