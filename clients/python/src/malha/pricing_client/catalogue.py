"""The part of the pricing client about the catalogue: offers, where they are sold, and how their prices change."""

# ruff: noqa: A002 (`filter` is the field's name in the contract)

from __future__ import annotations

import time
from collections.abc import Iterator

from malha.errors import MalhaError
from malha.pricing.v1 import catalog_service_pb2 as pb
from malha.pricing.v1 import offer_pb2
from malha.pricing_client.calls import Calls
from malha.watching import Watch


class CatalogueCalls(Calls):
    """Offers of the newest version of the catalogue, and what became of them from version to version."""

    def get_catalogue(self, name: str = "catalogues/current", *, timeout: float | None = None) -> offer_pb2.Catalogue:
        """What is known of one version of the catalogue, `catalogues/{number}`; by default the newest.

        Raises:
            malha.NotFound: with `CATALOGUE_NOT_FOUND`.
        """
        request = pb.GetCatalogueRequest(name=name)
        return self._call("GetCatalogue", self.catalogue.GetCatalogue, request, timeout).catalogue

    def list_providers(self, *, timeout: float | None = None) -> pb.ListProvidersResponse:
        """The providers, with their GPU models and counts, and the version that the counts are about."""
        return self._call("ListProviders", self.catalogue.ListProviders, pb.ListProvidersRequest(), timeout)

    def list_regions(
        self, provider: str = "providers/-", *, page_size: int = 0, timeout: float | None = None
    ) -> Iterator[pb.Region]:
        """The regions of `providers/{provider}` that have offers, by default of all, by provider and code."""
        request = pb.ListRegionsRequest(parent=provider, page_size=page_size)
        return self._pages("ListRegions", self.catalogue.ListRegions, request, lambda page: page.regions, timeout)

    def search_offers(
        self, *, filter: str = "", order_by: str = "", page_size: int = 0, timeout: float | None = None
    ) -> Iterator[offer_pb2.Offer]:
        """The offers that match an AIP-160 `filter`, the cheapest hour first unless `order_by` says otherwise.

        All are of one version. `search_pages` gives the same with that version and how many there are.
        """
        for page in self.search_pages(filter=filter, order_by=order_by, page_size=page_size, timeout=timeout):
            yield from page.offers

    def search_pages(
        self, *, filter: str = "", order_by: str = "", page_size: int = 0, timeout: float | None = None
    ) -> Iterator[pb.SearchOffersResponse]:
        """The same by the page: each has the number of all that match, and the version of the catalogue."""
        request = pb.SearchOffersRequest(filter=filter, order_by=order_by, page_size=page_size)
        return self._pages("SearchOffers", self.catalogue.SearchOffers, request, lambda page: (page,), timeout)

    def get_offer(self, name: str, *, timeout: float | None = None) -> offer_pb2.Offer:
        """Gets one offer of the newest version by its name, `offers/{id}`.

        Raises:
            malha.NotFound: with `OFFER_NOT_FOUND`.
        """
        return self._call("GetOffer", self.catalogue.GetOffer, pb.GetOfferRequest(name=name), timeout).offer

    def list_price_history(
        self, offer: str, *, page_size: int = 0, timeout: float | None = None
    ) -> Iterator[pb.PricePoint]:
        """The prices that one offer had, newest first, each with the span it held for."""
        request = pb.ListPriceHistoryRequest(parent=offer, page_size=page_size)
        call = self.catalogue.ListPriceHistory
        return self._pages("ListPriceHistory", call, request, lambda page: page.prices, timeout)

    def watch_price_changes(
        self, *, filter: str = "", after: int = 0, timeout: float | None = None
    ) -> Iterator[pb.WatchPriceChangesResponse]:
        """Changes as they are published, and signs of life in between; it goes on until it is closed.

        Where a call ends or is cut off, it is taken up behind the last change, so that none is lost or comes twice.
        `after` is the `sequence` of the last change that is known; 0 means from now on. With `timeout` it ends, without
        an error, after so many seconds.
        """
        watch = Watch(pb.WatchPriceChangesRequest(filter=filter, after=after), timeout)
        while not watch.over:
            failure: MalhaError | None = None
            try:
                call = self.catalogue.WatchPriceChanges
                for message in self._stream("WatchPriceChanges", call, watch.request, watch.remaining):
                    watch.seen(message)
                    yield message
            except MalhaError as error:
                failure = error
            pause = watch.pause_after(failure)
            if pause is not None:
                time.sleep(pause)
            elif failure is None or watch.over:
                return
            else:
                raise failure

    def list_token_prices(
        self, query: str = "", *, page_size: int = 0, timeout: float | None = None
    ) -> Iterator[pb.TokenPrice]:
        """What language models cost by the token; `query` is a part of the provider's or the model's name."""
        request = pb.ListTokenPricesRequest(query=query, page_size=page_size)
        call = self.catalogue.ListTokenPrices
        return self._pages("ListTokenPrices", call, request, lambda page: page.token_prices, timeout)
