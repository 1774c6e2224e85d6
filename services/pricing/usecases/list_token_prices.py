"""List what language models cost by the token."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.pricing.domain.token_catalogue import TokenCatalogue
from services.pricing.domain.token_prices import TokenPrice
from services.runtime.clock import Clock
from services.runtime.exceptions import PageTokenInvalid
from services.runtime.listing import decode_token, digest_query, encode_token

_USUAL, _LARGEST = 50, 500


@dataclass(frozen=True, slots=True)
class ListTokenPrices:
    """Finds prices of tokens as they are now. `load` may take a second when it is called first, and no time later."""

    load: Callable[[], TokenCatalogue]
    clock: Clock

    async def __call__(self, query: str, page_size: int, page_token: str) -> tuple[Sequence[TokenPrice], str]:
        """A page of the standard prices whose provider or model has every word of the query, by provider and model, and
        the token of the next. Raises PageTokenInvalid."""
        words = query.casefold().split()
        digest = digest_query("ListTokenPrices", *words)
        after = _after(page_token, digest) if page_token else None
        catalogue = await asyncio.to_thread(self.load)
        found = [
            price
            for price in catalogue.at(self.clock.now())
            if not price.option and all(word in f"{price.provider} {price.model}".casefold() for word in words)
        ]
        start = 0 if after is None else sum((price.provider, price.model) <= after for price in found)
        limit = min(page_size or _USUAL, _LARGEST)
        page = found[start : start + limit]
        if start + limit >= len(found):
            return page, ""
        return page, encode_token([page[-1].provider, page[-1].model], digest)


def _after(token: str, digest: bytes) -> tuple[str, str]:
    match decode_token(token, digest):
        case [str() as provider, str() as model]:
            return provider, model
        case _:
            raise PageTokenInvalid
