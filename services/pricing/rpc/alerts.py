"""The rpcs about alerts: parse, call, format."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from malha.pricing.v1 import alert_service_pb2 as pb
from malha.pricing.v1.alert_service_pb2_grpc import AlertServiceServicer

from services.pricing.convert_ingest import ALERTS, alert_to_proto, delivery_to_proto
from services.pricing.ports import AlertStore
from services.pricing.usecases.alerts import CreateAlert, delete_alert, get_alert, list_alerts, list_deliveries
from services.runtime import audit
from services.runtime.db import UnitOfWork
from services.runtime.idempotency import Ledger
from services.runtime.listing import OrderTerm, requests
from services.runtime.listing.page import Listing, Page
from services.runtime.tenancy import current_owner

_NEWEST = (OrderTerm("create_time", descending=True),)
_ALERTS = Listing(method="ListPriceAlerts", fields={}, order_types={"create_time": datetime}, default_order=_NEWEST)
_DELIVERIES = Listing(
    method="ListAlertDeliveries", fields={}, order_types={"create_time": datetime}, default_order=_NEWEST
)


@dataclass(frozen=True, kw_only=True)
class AlertRpcs(AlertServiceServicer):
    """`malha.pricing.v1.AlertService`. `open_work` begins a unit of work of a tenant, `alerts` makes the repository of
    a unit."""

    create_alert: CreateAlert
    ledger: Ledger
    open_work: Callable[[str], AbstractAsyncContextManager[UnitOfWork]]
    alerts: Callable[[UnitOfWork], AlertStore]

    async def CreatePriceAlert(
        self, request: pb.CreatePriceAlertRequest, context: object
    ) -> pb.CreatePriceAlertResponse:
        creator = current_owner().subject

        async def change(work: UnitOfWork) -> pb.CreatePriceAlertResponse:
            alert = await self.create_alert(
                self.alerts(work), creator, request.display_name, request.filter, request.webhook_url, request.secret
            )
            message = alert_to_proto(alert)
            await audit.record(work, "pricing.alerts.create", message.name)
            return pb.CreatePriceAlertResponse(price_alert=message)

        return await self.ledger.once(request, pb.CreatePriceAlertResponse, change)

    async def GetPriceAlert(self, request: pb.GetPriceAlertRequest, context: object) -> pb.GetPriceAlertResponse:
        async with self.open_work(current_owner().tenant) as work:
            alert = await get_alert(self.alerts(work), _id(request.name))
        return pb.GetPriceAlertResponse(price_alert=alert_to_proto(alert))

    async def ListPriceAlerts(self, request: pb.ListPriceAlertsRequest, context: object) -> pb.ListPriceAlertsResponse:
        tenant = current_owner().tenant
        page = _page(_ALERTS, request.page_token, request.page_size, tenant)
        async with self.open_work(tenant) as work:
            found = await list_alerts(self.alerts(work), page)
        alerts, token = requests.cut(found, page, lambda alert, _: alert.create_time, lambda alert: alert.id)
        return pb.ListPriceAlertsResponse(price_alerts=map(alert_to_proto, alerts), next_page_token=token)

    async def DeletePriceAlert(
        self, request: pb.DeletePriceAlertRequest, context: object
    ) -> pb.DeletePriceAlertResponse:
        async def change(work: UnitOfWork) -> pb.DeletePriceAlertResponse:
            await delete_alert(self.alerts(work), _id(request.name))
            await audit.record(work, "pricing.alerts.delete", request.name)
            return pb.DeletePriceAlertResponse()

        return await self.ledger.once(request, pb.DeletePriceAlertResponse, change)

    async def ListAlertDeliveries(
        self, request: pb.ListAlertDeliveriesRequest, context: object
    ) -> pb.ListAlertDeliveriesResponse:
        alert = _id(request.parent)
        page = _page(_DELIVERIES, request.page_token, request.page_size, str(alert))
        async with self.open_work(current_owner().tenant) as work:
            found = await list_deliveries(self.alerts(work), alert, page)
        deliveries, token = requests.cut(found, page, lambda each, _: each.create_time, lambda each: each.id)
        return pb.ListAlertDeliveriesResponse(deliveries=map(delivery_to_proto, deliveries), next_page_token=token)


def _page(listing: Listing, token: str, size: int, parent: str) -> Page:
    return requests.with_id(listing.page("", "", token, size, parent))


def _id(name: str) -> UUID:
    return UUID(name.removeprefix(ALERTS))
