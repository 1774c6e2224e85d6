"""What the parts of the asyncio pricing client share."""

from __future__ import annotations

import grpc.aio

from malha.aio.caller import AsyncCaller
from malha.pricing.v1.advisor_service_pb2_grpc import AdvisorServiceStub
from malha.pricing.v1.alert_service_pb2_grpc import AlertServiceStub
from malha.pricing.v1.catalog_service_pb2_grpc import CatalogServiceStub
from malha.pricing.v1.ingest_service_pb2_grpc import IngestServiceStub
from malha.pricing.v1.question_service_pb2_grpc import QuestionServiceStub
from malha.pricing_client.calls import deadlines


class AsyncCalls(AsyncCaller):
    """The stubs of the pricing services, and how they are called."""

    def __init__(self, channel: grpc.aio.Channel, timeout: float | None = None) -> None:
        super().__init__(deadlines(timeout))
        # As in the blocking client: the type of a stub goes by that of its channel.
        self.catalogue = CatalogServiceStub(channel)
        self.advisor = AdvisorServiceStub(channel)
        self.questions = QuestionServiceStub(channel)
        self.ingest = IngestServiceStub(channel)
        self.alerts = AlertServiceStub(channel)
