"""What the parts of the pricing client share: the stubs and their deadlines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from malha.caller import Caller
from malha.deadlines import Deadlines
from malha.pricing.v1 import (
    advisor_service_pb2,
    alert_service_pb2,
    catalog_service_pb2,
    ingest_service_pb2,
    question_service_pb2,
)
from malha.pricing.v1.advisor_service_pb2_grpc import AdvisorServiceStub
from malha.pricing.v1.alert_service_pb2_grpc import AlertServiceStub
from malha.pricing.v1.catalog_service_pb2_grpc import CatalogServiceStub
from malha.pricing.v1.ingest_service_pb2_grpc import IngestServiceStub
from malha.pricing.v1.question_service_pb2_grpc import QuestionServiceStub

if TYPE_CHECKING:
    import grpc
    from google.protobuf.descriptor import ServiceDescriptor

SERVICES: tuple[ServiceDescriptor, ...] = (
    catalog_service_pb2.DESCRIPTOR.services_by_name["CatalogService"],
    advisor_service_pb2.DESCRIPTOR.services_by_name["AdvisorService"],
    question_service_pb2.DESCRIPTOR.services_by_name["QuestionService"],
    ingest_service_pb2.DESCRIPTOR.services_by_name["IngestService"],
    alert_service_pb2.DESCRIPTOR.services_by_name["AlertService"],
)
"""What the pricing client talks to. No two methods of them have one name."""


def deadlines(timeout: float | None) -> Deadlines:
    """Those of all these methods; `timeout` in seconds for calls that do not say otherwise."""
    return Deadlines(SERVICES[0], timeout, *SERVICES[1:])


class Calls(Caller):
    """The stubs of the pricing services, and how they are called."""

    def __init__(self, channel: grpc.Channel, timeout: float | None = None) -> None:
        super().__init__(deadlines(timeout))
        self.catalogue = CatalogServiceStub(channel)
        self.advisor = AdvisorServiceStub(channel)
        self.questions = QuestionServiceStub(channel)
        self.ingest = IngestServiceStub(channel)
        self.alerts = AlertServiceStub(channel)
