"""Several caches as one: the quick one first."""

from collections.abc import Mapping, Sequence

from services.runtime.cache.port import Cache


class TieredCache:
    """Asks the tiers in order; what a slower one knows is put into the quicker ones."""

    def __init__(self, tiers: Sequence[Cache]) -> None:
        self._tiers = tuple(tiers)

    async def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        missing = list(keys)
        for depth, tier in enumerate(self._tiers):
            if not missing:
                break
            here = await tier.get_many(missing)
            if not here:
                continue
            for quicker in self._tiers[:depth]:
                await quicker.set_many(here)
            found |= here
            missing = [key for key in missing if key not in here]
        return found

    async def set_many(self, items: Mapping[str, bytes]) -> None:
        for tier in self._tiers:
            await tier.set_many(items)
