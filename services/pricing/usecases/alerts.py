"""Make, find and remove alerts."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

from services.pricing.domain.alerts import MOST_ALERTS, Alert, Delivery
from services.pricing.domain.errors import AlertNotFound, TooManyAlerts
from services.pricing.domain.index import FIELDS
from services.pricing.ports import AlertStore, Webhook
from services.runtime.clock import Clock
from services.runtime.listing import parse_filter
from services.runtime.listing.page import Page


@dataclass(frozen=True, slots=True)
class CreateAlert:
    """Makes an alert for the tenant of a unit of work."""

    webhook: Webhook
    clock: Clock

    async def __call__(
        self, store: AlertStore, creator: str, display_name: str, wanted: str, url: str, secret: str
    ) -> Alert:
        """The new alert; it is told of what is published from now on. `wanted` is a filter over
        `services.pricing.domain.index.FIELDS`.

        Raises FilterInvalid, WebhookNotAllowed and TooManyAlerts.
        """
        parse_filter(wanted, FIELDS)
        self.webhook.check(url)
        if await store.count() >= MOST_ALERTS:
            raise TooManyAlerts(MOST_ALERTS)
        alert = Alert(uuid4(), creator, display_name, wanted, url, self.clock.now())
        await store.add(alert, secret.encode())
        return alert


async def get_alert(store: AlertStore, alert: UUID) -> Alert:
    """An alert of the tenant. Raises AlertNotFound."""
    found = await store.get(alert)
    if found is None:
        raise AlertNotFound(alert)
    return found


async def delete_alert(store: AlertStore, alert: UUID) -> None:
    """Removes an alert with all that it has not sent yet. Raises AlertNotFound."""
    if not await store.remove(alert):
        raise AlertNotFound(alert)


async def list_alerts(store: AlertStore, page: Page) -> list[Alert]:
    """The tenant's alerts: those of the page and one more if there is one."""
    return await store.page(page)


async def list_deliveries(store: AlertStore, alert: UUID, page: Page) -> list[Delivery]:
    """What an alert sent: those of the page and one more if there is one. Raises AlertNotFound."""
    await get_alert(store, alert)
    return await store.deliveries(alert, page)
