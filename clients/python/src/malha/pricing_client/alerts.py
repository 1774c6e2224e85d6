"""The part of the pricing client about alerts: a POST to an address of one's own when prices change."""

# ruff: noqa: A002 (`filter` is the field's name in the contract)

from __future__ import annotations

from collections.abc import Iterator

from malha import pricing_requests as requests
from malha.pricing.v1 import alert_service_pb2 as pb
from malha.pricing_client.calls import Calls


class AlertCalls(Calls):
    """The alerts of the caller's tenant, and what they sent."""

    def create_price_alert(
        self,
        display_name: str,
        *,
        webhook_url: str,
        secret: str,
        filter: str = "",
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> pb.PriceAlert:
        """Makes an alert that tells `webhook_url` (https, a public address) of changes that match `filter`.

        `secret`, 32 to 200 characters, is what the receiver checks the signature with.

        Raises:
            malha.InvalidArgument: with `WEBHOOK_NOT_ALLOWED` or `FILTER_INVALID`.
            malha.ResourceExhausted: with `TOO_MANY_ALERTS`.
        """
        request = requests.create_price_alert(display_name, webhook_url, secret, filter, request_id)
        return self._call("CreatePriceAlert", self.alerts.CreatePriceAlert, request, timeout).price_alert

    def get_price_alert(self, name: str, *, timeout: float | None = None) -> pb.PriceAlert:
        """Gets one alert by its name, `priceAlerts/{uuid}`."""
        request = pb.GetPriceAlertRequest(name=name)
        return self._call("GetPriceAlert", self.alerts.GetPriceAlert, request, timeout).price_alert

    def list_price_alerts(self, *, page_size: int = 0, timeout: float | None = None) -> Iterator[pb.PriceAlert]:
        """The alerts, newest first."""
        request = pb.ListPriceAlertsRequest(page_size=page_size)
        return self._pages(
            "ListPriceAlerts", self.alerts.ListPriceAlerts, request, lambda page: page.price_alerts, timeout
        )

    def delete_price_alert(self, name: str, *, request_id: str | None = None, timeout: float | None = None) -> None:
        """Removes an alert, and what it has not sent yet."""
        request = requests.delete_price_alert(name, request_id)
        self._call("DeletePriceAlert", self.alerts.DeletePriceAlert, request, timeout)

    def list_alert_deliveries(
        self, alert: str, *, page_size: int = 0, timeout: float | None = None
    ) -> Iterator[pb.AlertDelivery]:
        """What an alert sent and how that went, newest first."""
        request = pb.ListAlertDeliveriesRequest(parent=alert, page_size=page_size)
        return self._pages(
            "ListAlertDeliveries", self.alerts.ListAlertDeliveries, request, lambda page: page.deliveries, timeout
        )
