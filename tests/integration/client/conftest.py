"""A real gRPC server on a free port, with the small AnalysisService or the small pricing services behind it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import grpc
import pytest
from malha.analysis.v1.analysis_service_pb2_grpc import add_AnalysisServiceServicer_to_server
from malha.pricing.v1.advisor_service_pb2_grpc import add_AdvisorServiceServicer_to_server
from malha.pricing.v1.alert_service_pb2_grpc import add_AlertServiceServicer_to_server
from malha.pricing.v1.catalog_service_pb2_grpc import add_CatalogServiceServicer_to_server
from malha.pricing.v1.ingest_service_pb2_grpc import add_IngestServiceServicer_to_server
from malha.pricing.v1.question_service_pb2_grpc import add_QuestionServiceServicer_to_server

from tests.integration.client import fake_pricing
from tests.integration.client.fake_analysis import FakeAnalysis

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Mesh:
    """Where the server is, and the service in it."""

    address: str
    service: FakeAnalysis

    @property
    def url(self) -> str:
        """The address for a plaintext client."""
        return f"http://{self.address}"


@pytest.fixture
def mesh() -> Iterator[Mesh]:
    service = FakeAnalysis()
    server = grpc.server(ThreadPoolExecutor(8), options=[("grpc.max_receive_message_length", 16 << 20)])
    add_AnalysisServiceServicer_to_server(service, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield Mesh(f"127.0.0.1:{port}", service)
    server.stop(0).wait()


@dataclass(frozen=True)
class PricingMesh:
    """Where the server is, and what its services were told."""

    url: str
    told: fake_pricing.Told


@pytest.fixture
def prices() -> Iterator[PricingMesh]:
    told = fake_pricing.Told()
    server = grpc.server(ThreadPoolExecutor(8))
    add_CatalogServiceServicer_to_server(fake_pricing.FakeCatalogue(told), server)
    add_AdvisorServiceServicer_to_server(fake_pricing.FakeAdvisor(told), server)
    add_QuestionServiceServicer_to_server(fake_pricing.FakeQuestions(told), server)
    add_IngestServiceServicer_to_server(fake_pricing.FakeIngest(told), server)
    add_AlertServiceServicer_to_server(fake_pricing.FakeAlerts(told), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield PricingMesh(f"http://127.0.0.1:{port}", told)
    server.stop(0).wait()
