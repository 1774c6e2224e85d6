"""The rpcs that read the catalogue: parse, call, format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from malha.pricing.v1 import catalog_service_pb2 as pb
from malha.pricing.v1.catalog_service_pb2_grpc import CatalogServiceServicer

from services.pricing.convert import OFFERS, catalogue_to_proto, offer_to_proto
from services.pricing.convert_listings import provider_to_proto, region_to_proto, token_price_to_proto
from services.pricing.domain.offers import Provider
from services.pricing.encode_offers import OfferEncoder
from services.pricing.usecases.get_catalogue import GetCatalogue
from services.pricing.usecases.get_offer import GetOffer
from services.pricing.usecases.list_places import ListPlaces
from services.pricing.usecases.list_token_prices import ListTokenPrices
from services.pricing.usecases.search_offers import SearchOffers


@dataclass(frozen=True, kw_only=True)
class CatalogueRpcs(CatalogServiceServicer):
    """GetCatalogue, ListProviders, ListRegions, SearchOffers, GetOffer and ListTokenPrices."""

    get_catalogue: GetCatalogue
    get_offer: GetOffer
    list_places: ListPlaces
    search_offers: SearchOffers
    list_token_prices: ListTokenPrices
    encode: OfferEncoder

    async def GetCatalogue(self, request: pb.GetCatalogueRequest, context: object) -> pb.GetCatalogueResponse:
        number = request.name.removeprefix("catalogues/")
        version = await self.get_catalogue(None if number == "current" else int(number))
        return pb.GetCatalogueResponse(catalogue=catalogue_to_proto(version))

    async def ListProviders(self, request: pb.ListProvidersRequest, context: object) -> pb.ListProvidersResponse:
        providers, version = self.list_places.providers()
        return pb.ListProvidersResponse(
            providers=map(provider_to_proto, providers), catalogue=catalogue_to_proto(version)
        )

    async def ListRegions(self, request: pb.ListRegionsRequest, context: object) -> pb.ListRegionsResponse:
        name = request.parent.removeprefix("providers/")
        provider = None if name == "-" else Provider(name)
        page = self.list_places.regions(provider, request.page_size, request.page_token)
        return pb.ListRegionsResponse(
            regions=map(region_to_proto, page.regions),
            next_page_token=page.next_page_token,
            catalogue=catalogue_to_proto(page.version),
        )

    async def SearchOffers(self, request: pb.SearchOffersRequest, context: object) -> Any:
        page = self.search_offers(request.filter, request.order_by, request.page_size, request.page_token)
        return self.encode(page)

    async def GetOffer(self, request: pb.GetOfferRequest, context: object) -> pb.GetOfferResponse:
        offer, index = self.get_offer(request.name.removeprefix(OFFERS))
        return pb.GetOfferResponse(offer=offer_to_proto(offer, index.version.number))

    async def ListTokenPrices(self, request: pb.ListTokenPricesRequest, context: object) -> pb.ListTokenPricesResponse:
        prices, token = await self.list_token_prices(request.query, request.page_size, request.page_token)
        return pb.ListTokenPricesResponse(token_prices=map(token_price_to_proto, prices), next_page_token=token)
