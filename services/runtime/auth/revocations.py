"""Which tokens were taken back before their time."""

from collections.abc import Collection


class Revocations:
    """The ids of the revoked tokens that would still be good. Replaced as a whole, so that it never grows."""

    def __init__(self) -> None:
        self._ids: frozenset[str] = frozenset()

    def __contains__(self, token_id: str) -> bool:
        return token_id in self._ids

    def replace(self, ids: Collection[str]) -> bool:
        """Keeps `ids` instead of what was known; whether any of them is new."""
        fresh = frozenset(ids)
        news = not fresh <= self._ids
        self._ids = fresh
        return news
