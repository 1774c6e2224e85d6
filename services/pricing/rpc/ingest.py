"""The rpcs that bring the catalogue up to date: parse, call, format."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from malha.pricing.v1 import ingest_service_pb2 as pb
from malha.pricing.v1.ingest_service_pb2_grpc import IngestServiceServicer

from services.pricing.convert_ingest import ROWS, STATES, progress_to_proto, refresh_from_proto, row_to_proto
from services.pricing.domain.offers import Provider
from services.pricing.domain.quarantine import QuarantinedRow, QuarantineState, Review
from services.pricing.ports import QuarantineReview, Refresh
from services.pricing.usecases.list_quarantine import FIELDS, ListQuarantine
from services.pricing.usecases.review_quarantine import review_quarantine
from services.runtime import audit
from services.runtime.db import UnitOfWork
from services.runtime.idempotency import Ledger
from services.runtime.listing import OrderTerm, requests
from services.runtime.listing.page import Listing
from services.runtime.tenancy import current_owner

LISTING = Listing(
    method="ListQuarantine",
    fields=FIELDS,
    order_types={"last_seen_time": datetime, "first_seen_time": datetime, "reason": str},
    default_order=(OrderTerm("last_seen_time", descending=True),),
)


@dataclass(frozen=True, kw_only=True)
class IngestRpcs(IngestServiceServicer):
    """`malha.pricing.v1.IngestService`. `rows` makes the repository of a unit of work; `configured` are the providers
    whose interfaces can be read."""

    refresh_catalog: Refresh
    list_quarantine: ListQuarantine
    ledger: Ledger
    rows: Callable[[UnitOfWork], QuarantineReview]
    configured: tuple[Provider, ...]

    async def RefreshCatalog(
        self, request: pb.RefreshCatalogRequest, context: object
    ) -> AsyncIterator[pb.RefreshCatalogResponse]:
        wanted = refresh_from_proto(request, _who(), self.configured)
        async with aclosing(self.refresh_catalog(wanted)) as steps:
            async for progress in steps:
                yield progress_to_proto(progress)

    async def ListQuarantine(self, request: pb.ListQuarantineRequest, context: object) -> pb.ListQuarantineResponse:
        page = requests.read(LISTING, request)
        found = await self.list_quarantine(page)
        rows, token = requests.cut(found, page, _value, lambda row: row.id)
        return pb.ListQuarantineResponse(rows=map(row_to_proto, rows), next_page_token=token)

    async def ReviewQuarantine(
        self, request: pb.ReviewQuarantineRequest, context: object
    ) -> pb.ReviewQuarantineResponse:
        approve = STATES.member(request.state) is QuarantineState.APPROVED
        review = Review(UUID(request.name.removeprefix(ROWS)), approve, request.reason, _who())

        async def change(work: UnitOfWork) -> pb.ReviewQuarantineResponse:
            row = await review_quarantine(self.rows(work), review)
            await audit.record(work, "pricing.quarantine.review", request.name, {"state": str(row.state)})
            return pb.ReviewQuarantineResponse(row=row_to_proto(row))

        return await self.ledger.once(request, pb.ReviewQuarantineResponse, change)


def _who() -> str:
    owner = current_owner()
    return f"{owner.tenant}/{owner.subject}"


def _value(row: QuarantinedRow, field: str) -> Any:
    """What a row is ordered by."""
    match field:
        case "last_seen_time":
            return row.last_seen_at
        case "first_seen_time":
            return row.first_seen_at
        case _:
            return row.reason
