"""Tell those who asked for it that prices have changed."""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

import structlog

from services.pricing.domain.alerts import DueDelivery, Outcome, pause, signature
from services.pricing.domain.changes import PriceChange
from services.pricing.domain.money import Money
from services.pricing.ports import Outbox, VersionFeed, Webhook
from services.runtime.clock import Clock

_LOG = structlog.get_logger("alerts")
_AT_ONCE: Final = 8
_LEASE_SECONDS: Final = 60.0
"""How long a delivery is ours: several times what an attempt can take."""
_LOOK_SECONDS: Final = 5.0
_RETRY_SECONDS: Final = 1.0
_KEPT: Final = timedelta(days=30)
_SWEEP_SECONDS: Final = 3600.0


class DeliverAlerts:
    """Works on the outbox, beside any number of others. Every delivery arrives at least once, unless its receiver takes
    none of its attempts; a receiver knows repetitions by the delivery's id."""

    def __init__(self, outbox: Outbox, webhook: Webhook, feed: VersionFeed, clock: Clock) -> None:
        self._outbox = outbox
        self._webhook = webhook
        self._feed = feed
        self._clock = clock
        self._swept = clock.monotonic()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begins."""
        self._task = asyncio.create_task(self._go_on(), name="alerts")

    async def close(self) -> None:
        """Ends. What is being sent right now may be sent again by somebody else."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def work(self) -> int:
        """Everything that is due, once; how many attempts that was."""
        await self._outbox.tell()
        attempts = 0
        while due := await self._outbox.claim(_AT_ONCE, _LEASE_SECONDS):
            await asyncio.gather(*(self._deliver(one) for one in due))
            attempts += len(due)
        return attempts

    async def _go_on(self) -> None:
        seen = 0
        while True:
            seen = await self._feed.after(seen, _LOOK_SECONDS)
            try:
                await self.work()
                await self._sweep()
            except Exception as error:
                # Nothing is lost: what was not settled is due again when its lease is over.
                _LOG.warning("alerts wait", error=type(error).__name__)
                await asyncio.sleep(_RETRY_SECONDS)

    async def _deliver(self, due: DueDelivery) -> None:
        body = encoded(due)
        timestamp = int(self._clock.now().timestamp())
        headers = {
            "content-type": "application/json",
            "malha-delivery": str(due.id),
            "malha-signature": signature(due.secret, timestamp, due.id, body),
        }
        try:
            outcome = await self._webhook.post(due.url, body, headers)
        except Exception as error:
            # One receiver must not hold up the others; a fault of ours counts as an attempt, too.
            _LOG.error("a delivery failed", delivery=str(due.id), error=type(error).__name__, exc_info=error)
            outcome = Outcome(False, "internal")
        settled = await self._outbox.settle(due, outcome, pause(due.attempt, random.random()))  # noqa: S311 - no secret
        _LOG.info("alert", delivery=str(due.id), attempt=due.attempt, outcome=outcome.what, settled=settled)

    async def _sweep(self) -> None:
        now = self._clock.monotonic()
        if now - self._swept >= _SWEEP_SECONDS:
            self._swept = now
            await self._outbox.expire(_KEPT)


def encoded(due: DueDelivery) -> bytes:
    """The body: JSON, amounts as decimal numbers in strings, each with where and when it was read. The same delivery
    always has the same."""
    content = {
        "delivery": str(due.id),
        "alert": f"priceAlerts/{due.alert}",
        "catalogue": f"catalogues/{due.version}",
        "total_changes": due.matched,
        "changes": [_change(change) for change in due.changes],
    }
    return json.dumps(content, separators=(",", ":")).encode()


def _change(change: PriceChange) -> dict[str, Any]:
    source = change.offer.source
    return {
        "sequence": change.sequence,
        "kind": str(change.kind),
        "offer": f"offers/{change.offer.key.id}",
        "old_hourly_price": _money(change.old),
        "new_hourly_price": _money(change.new),
        "change_time": change.changed_at.isoformat(),
        "source": source.locator,
        "observe_time": source.observed_at.isoformat(),
    }


def _money(amount: Money | None) -> dict[str, str] | None:
    return None if amount is None else {"currency": amount.currency, "amount": f"{amount.amount:f}"}
