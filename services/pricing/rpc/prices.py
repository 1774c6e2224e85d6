"""The rpcs about prices over time: parse, call, format."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from malha.pricing.v1 import catalog_service_pb2 as pb
from malha.pricing.v1.catalog_service_pb2_grpc import CatalogServiceServicer

from services.pricing.convert import OFFERS
from services.pricing.convert_listings import change_to_proto, span_to_proto
from services.pricing.domain.index import FIELDS
from services.pricing.usecases.list_price_history import ListPriceHistory
from services.pricing.usecases.watch_price_changes import WatchPriceChanges
from services.runtime.exceptions import PageTokenInvalid
from services.runtime.listing import decode_token, digest_query, encode_token, parse_filter

_USUAL, _LARGEST = 100, 1_000


@dataclass(frozen=True, kw_only=True)
class PriceRpcs(CatalogServiceServicer):
    """ListPriceHistory and WatchPriceChanges."""

    list_price_history: ListPriceHistory
    watch_price_changes: WatchPriceChanges

    async def ListPriceHistory(
        self, request: pb.ListPriceHistoryRequest, context: object
    ) -> pb.ListPriceHistoryResponse:
        offer = request.parent.removeprefix(OFFERS)
        digest = digest_query("ListPriceHistory", offer)
        before = _before(request.page_token, digest) if request.page_token else None
        spans, more = await self.list_price_history(offer, min(request.page_size or _USUAL, _LARGEST), before)
        return pb.ListPriceHistoryResponse(
            prices=map(span_to_proto, spans), next_page_token="" if more is None else encode_token([more], digest)
        )

    async def WatchPriceChanges(
        self, request: pb.WatchPriceChangesRequest, context: object
    ) -> AsyncIterator[pb.WatchPriceChangesResponse]:
        wanted = parse_filter(request.filter, FIELDS)
        async with aclosing(self.watch_price_changes(wanted, request.after)) as watched:
            async for each in watched:
                yield pb.WatchPriceChangesResponse(
                    change=None if each.change is None else change_to_proto(each.change),
                    catalogue=f"catalogues/{each.newest}" if each.newest else "",
                    sequence=each.sequence,
                )


def _before(token: str, digest: bytes) -> int:
    payload = decode_token(token, digest)
    if [type(part) for part in payload] != [int]:
        raise PageTokenInvalid
    before: int = payload[0]
    # As large as the ids of spans may become.
    if not 0 < before < 2**63:
        raise PageTokenInvalid
    return before
