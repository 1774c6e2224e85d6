"""Small pricing services: the contract's behaviour with three offers, so that client and command can be tried alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
from google.rpc import code_pb2
from malha import money
from malha.pricing.v1 import advisor_service_pb2 as advisor
from malha.pricing.v1 import alert_service_pb2 as alerts
from malha.pricing.v1 import capacity_pb2, commitment_pb2, forecast_pb2, offer_pb2, recommendation_pb2
from malha.pricing.v1 import catalog_service_pb2 as catalogue
from malha.pricing.v1 import ingest_service_pb2 as ingest
from malha.pricing.v1 import question_service_pb2 as questions
from malha.pricing.v1.advisor_service_pb2_grpc import AdvisorServiceServicer
from malha.pricing.v1.alert_service_pb2_grpc import AlertServiceServicer
from malha.pricing.v1.catalog_service_pb2_grpc import CatalogServiceServicer
from malha.pricing.v1.ingest_service_pb2_grpc import IngestServiceServicer
from malha.pricing.v1.question_service_pb2_grpc import QuestionServiceServicer

from tests.integration.client.fake_analysis import refuse
from tests.support import price_messages as messages

if TYPE_CHECKING:
    from collections.abc import Iterator

OFFERS = [messages.offer(), messages.offer("m7i.xlarge", "0.2016"), messages.offer("m7i.2xlarge", "0.4032", "SPOT")]
CHANGES = 5


class Told:
    """What the services were asked, for the tests to look at, and how they are to behave."""

    def __init__(self) -> None:
        self.requests: list[object] = []
        self.breaks_left = 0
        self.failures_left = 0


class FakeCatalogue(CatalogServiceServicer):
    """Pages of two; changes 1 to 5, of which a call gives two before it breaks."""

    def __init__(self, told: Told) -> None:
        self.told = told

    def GetCatalogue(self, request: catalogue.GetCatalogueRequest, context: object) -> catalogue.GetCatalogueResponse:
        self.told.requests.append(request)
        return catalogue.GetCatalogueResponse(catalogue=messages.CATALOGUE)

    def ListProviders(self, request: object, context: object) -> catalogue.ListProvidersResponse:
        self.told.requests.append(request)
        summary = catalogue.ProviderSummary(
            name="providers/aws", provider=offer_pb2.PROVIDER_AWS, display_name="Amazon Web Services",
            regions=1, instance_types=3, offers=3, gpu_models=["A100", "A100-80GB", "H100"],
        )  # fmt: skip
        return catalogue.ListProvidersResponse(providers=[summary], catalogue=messages.CATALOGUE)

    def SearchOffers(self, request: catalogue.SearchOffersRequest, context: object) -> catalogue.SearchOffersResponse:
        self.told.requests.append(request)
        first = int(request.page_token or 0)
        return catalogue.SearchOffersResponse(
            offers=OFFERS[first : first + 2],
            next_page_token=str(first + 2) if first + 2 < len(OFFERS) else "",
            total_size=len(OFFERS),
            catalogue=messages.CATALOGUE,
        )

    def GetOffer(self, request: catalogue.GetOfferRequest, context: grpc.ServicerContext) -> catalogue.GetOfferResponse:
        self.told.requests.append(request)
        found = [offer for offer in OFFERS if offer.name == request.name]
        if not found:
            refuse(context, code_pb2.NOT_FOUND, "OFFER_NOT_FOUND", f"there is no {request.name}")
        return catalogue.GetOfferResponse(offer=found[0])

    def ListRegions(self, request: catalogue.ListRegionsRequest, context: object) -> catalogue.ListRegionsResponse:
        self.told.requests.append(request)
        region = catalogue.Region(
            provider=offer_pb2.PROVIDER_AWS, code="eu-west-1", display_name="Ireland", areas=["europe", "eu"], offers=3
        )
        return catalogue.ListRegionsResponse(regions=[region], catalogue=messages.CATALOGUE)

    def ListPriceHistory(
        self, request: catalogue.ListPriceHistoryRequest, context: object
    ) -> catalogue.ListPriceHistoryResponse:
        self.told.requests.append(request)
        return catalogue.ListPriceHistoryResponse(prices=messages.series("0.12", "0.10").prices)

    def ListTokenPrices(
        self, request: catalogue.ListTokenPricesRequest, context: object
    ) -> catalogue.ListTokenPricesResponse:
        self.told.requests.append(request)
        rate = catalogue.TokenRate(input=money.of("3"), output=money.of("15"))
        price = catalogue.TokenPrice(
            model_provider="maker", model="words-1", rates=[rate], provenance=messages.provenance()
        )
        return catalogue.ListTokenPricesResponse(token_prices=[price])

    def WatchPriceChanges(
        self, request: catalogue.WatchPriceChangesRequest, context: grpc.ServicerContext
    ) -> Iterator[catalogue.WatchPriceChangesResponse]:
        self.told.requests.append(type(request).FromString(request.SerializeToString()))
        yield catalogue.WatchPriceChangesResponse(catalogue="catalogues/7", sequence=request.after)
        for count, sequence in enumerate(range(request.after + 1, CHANGES + 1)):
            if count == 2 and self.told.breaks_left:
                self.told.breaks_left -= 1
                context.abort(grpc.StatusCode.UNAVAILABLE, "the stream was reset")
            change = catalogue.PriceChange(
                sequence=sequence, offer=OFFERS[0].name, old_hourly_price=money.of("0.2"),
                new_hourly_price=money.of("0.1"), provenance=messages.provenance(),
            )  # fmt: skip
            yield catalogue.WatchPriceChangesResponse(change=change, catalogue="catalogues/7", sequence=sequence)
        context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "the call took its time")


class FakeAdvisor(AdvisorServiceServicer):
    """Answers what was recorded."""

    def __init__(self, told: Told) -> None:
        self.told = told

    def CompareOffers(self, request: object, context: object) -> advisor.CompareOffersResponse:
        self.told.requests.append(request)
        return messages.comparison()

    def AnalyzeCommitment(self, request: object, context: object) -> commitment_pb2.AnalyzeCommitmentResponse:
        self.told.requests.append(request)
        return messages.commitment()

    def EstimateWorkload(
        self, request: advisor.EstimateWorkloadRequest, context: object
    ) -> advisor.EstimateWorkloadResponse:
        self.told.requests.append(request)
        return advisor.EstimateWorkloadResponse(hourly=messages.figure("1"), catalogue=messages.CATALOGUE)

    def RecommendConfiguration(
        self, request: object, context: object
    ) -> recommendation_pb2.RecommendConfigurationResponse:
        self.told.requests.append(request)
        return recommendation_pb2.RecommendConfigurationResponse(catalogue=messages.CATALOGUE)

    def ForecastPrices(self, request: object, context: object) -> forecast_pb2.ForecastPricesResponse:
        self.told.requests.append(request)
        return forecast_pb2.ForecastPricesResponse(
            offer=OFFERS[0].name, method="none", notice="too few observations", offers=OFFERS[:1],
            catalogue=messages.CATALOGUE,
        )  # fmt: skip

    def ForecastDemand(self, request: object, context: object) -> forecast_pb2.ForecastDemandResponse:
        self.told.requests.append(request)
        point = forecast_pb2.DemandForecastPoint(step=1, expected=4, low=3, high=5)
        return forecast_pb2.ForecastDemandResponse(method="holt", points=[point])

    def PlanCapacity(self, request: object, context: object) -> capacity_pb2.PlanCapacityResponse:
        self.told.requests.append(request)
        return capacity_pb2.PlanCapacityResponse(catalogue=messages.CATALOGUE)


class FakeQuestions(QuestionServiceServicer):
    """Knows one question; another one is asked back."""

    def __init__(self, told: Told) -> None:
        self.told = told

    def InterpretQuestion(
        self, request: questions.InterpretQuestionRequest, context: object
    ) -> questions.InterpretQuestionResponse:
        self.told.requests.append(request)
        return questions.InterpretQuestionResponse(intent=messages.intent("The cheapest m7i."))

    def AskQuestion(
        self, request: questions.AskQuestionRequest, context: object
    ) -> Iterator[questions.AskQuestionResponse]:
        self.told.requests.append(request)
        clear = "m7i" in request.text
        understood = messages.intent(
            "The cheapest m7i.", None if clear else {"an m7i": "cheapest m7i", "a c7i": "cheapest c7i"}
        )
        yield questions.AskQuestionResponse(intent=understood)
        answer = questions.Answer(text="Which one?", intent=understood)
        if clear:
            yield questions.AskQuestionResponse(step=questions.AnswerStep(text="searched"))
            found = catalogue.SearchOffersResponse(offers=OFFERS, total_size=9, catalogue=messages.CATALOGUE)
            answer = questions.Answer(text="It is m7i.large.", intent=understood, offers=found)
        yield questions.AskQuestionResponse(answer=answer)


class FakeIngest(IngestServiceServicer):
    """A refresh of two messages, and one row in quarantine."""

    def __init__(self, told: Told) -> None:
        self.told = told

    def RefreshCatalog(
        self, request: ingest.RefreshCatalogRequest, context: grpc.ServicerContext
    ) -> Iterator[ingest.RefreshCatalogResponse]:
        self.told.requests.append(request)
        if list(request.providers) == [offer_pb2.PROVIDER_GCP]:
            refuse(context, code_pb2.FAILED_PRECONDITION, "SOURCE_NOT_CONFIGURED", "gcp needs a key")
        yield ingest.RefreshCatalogResponse(
            phase=ingest.REFRESH_PHASE_READING, provider=offer_pb2.PROVIDER_AWS, document="https://prices/ec2.json",
            read_bytes=5_000_000, total_bytes=10_000_000, documents_total=1,
        )  # fmt: skip
        yield messages.refreshed(read=12, accepted=8, quarantined=4, opened=2, changed=1)

    def ListQuarantine(self, request: ingest.ListQuarantineRequest, context: object) -> ingest.ListQuarantineResponse:
        self.told.requests.append(request)
        row = ingest.QuarantinedRow(
            name="quarantinedRows/1", reason="price_not_positive", detail="price: 0.0", row="D4s v5", times_seen=2,
            state=ingest.QUARANTINE_STATE_OPEN,
        )  # fmt: skip
        return ingest.ListQuarantineResponse(rows=[row])

    def ReviewQuarantine(
        self, request: ingest.ReviewQuarantineRequest, context: grpc.ServicerContext
    ) -> ingest.ReviewQuarantineResponse:
        self.told.requests.append(request)
        if self.told.failures_left:
            self.told.failures_left -= 1
            refuse(context, code_pb2.UNAVAILABLE, "SHUTTING_DOWN", "the server is stopping")
        return ingest.ReviewQuarantineResponse(row=ingest.QuarantinedRow(name=request.name, state=request.state))


class FakeAlerts(AlertServiceServicer):
    """Makes what it is told to, and shows no secret."""

    def __init__(self, told: Told) -> None:
        self.told = told

    def CreatePriceAlert(
        self, request: alerts.CreatePriceAlertRequest, context: object
    ) -> alerts.CreatePriceAlertResponse:
        self.told.requests.append(request)
        made = alerts.PriceAlert(
            name="priceAlerts/1",
            display_name=request.display_name,
            filter=request.filter,
            webhook_url=request.webhook_url,
        )
        return alerts.CreatePriceAlertResponse(price_alert=made)

    def GetPriceAlert(self, request: alerts.GetPriceAlertRequest, context: object) -> alerts.GetPriceAlertResponse:
        self.told.requests.append(request)
        return alerts.GetPriceAlertResponse(price_alert=alerts.PriceAlert(name=request.name))

    def ListPriceAlerts(self, request: object, context: object) -> alerts.ListPriceAlertsResponse:
        self.told.requests.append(request)
        alert = alerts.PriceAlert(name="priceAlerts/1", display_name="cheaper", webhook_url="https://hooks.example/x")
        return alerts.ListPriceAlertsResponse(price_alerts=[alert])

    def DeletePriceAlert(self, request: object, context: object) -> alerts.DeletePriceAlertResponse:
        self.told.requests.append(request)
        return alerts.DeletePriceAlertResponse()

    def ListAlertDeliveries(self, request: object, context: object) -> alerts.ListAlertDeliveriesResponse:
        self.told.requests.append(request)
        sent = alerts.AlertDelivery(id="d", catalogue="catalogues/7", changes=4, state="given_up", outcome="http 500")
        return alerts.ListAlertDeliveriesResponse(deliveries=[sent])
