"""From the domain's loads, quarantined rows and alerts to the contract's messages."""

from __future__ import annotations

import hashlib
from uuid import UUID

from malha.pricing.v1 import alert_service_pb2
from malha.pricing.v1 import ingest_service_pb2 as pb

from services.pricing.convert import PROVIDERS, Enum, catalogue_to_proto, offer_to_proto, time_to_proto
from services.pricing.domain.alerts import Alert, Delivery, DeliveryState
from services.pricing.domain.loads import Counts, Phase, RefreshProgress, RefreshRequest, RequestKey
from services.pricing.domain.offers import Provider
from services.pricing.domain.quarantine import QuarantinedRow, QuarantineState

ROWS = "quarantinedRows/"
ALERTS = "priceAlerts/"
STATES = Enum(pb.QuarantineState, "QUARANTINE_STATE", QuarantineState)
_PHASES = Enum(pb.RefreshPhase, "REFRESH_PHASE", Phase)


def refresh_from_proto(
    message: pb.RefreshCatalogRequest, owner: str, configured: tuple[Provider, ...]
) -> RefreshRequest:
    """What is to be read, on behalf of `owner`; `configured` are the providers that are read when none is named."""
    asked = pb.RefreshCatalogRequest()
    asked.CopyFrom(message)
    asked.ClearField("request_id")
    digest = hashlib.sha256(asked.SerializeToString(deterministic=True)).digest()
    return RefreshRequest(
        providers=PROVIDERS.members(message.providers) or configured,
        regions=tuple(message.regions),
        validate_only=message.validate_only,
        request=RequestKey(owner, UUID(message.request_id), digest),
    )


def progress_to_proto(progress: RefreshProgress) -> pb.RefreshCatalogResponse:
    """How far a refresh is."""
    reading = progress.reading
    message = pb.RefreshCatalogResponse(
        phase=_PHASES.number(progress.phase),
        counts=_counts(progress.counts),
        quarantined_by_reason=progress.quarantined_by_reason,
        catalogue=None if progress.version is None else catalogue_to_proto(progress.version),
    )
    if progress.provider is not None:
        message.provider = PROVIDERS.number(progress.provider)
    if reading is not None:
        message.document = reading.document
        message.read_bytes = reading.bytes_read
        message.documents_done = reading.documents_done
        if reading.bytes_total is not None:
            message.total_bytes = reading.bytes_total
        if reading.documents_total is not None:
            message.documents_total = reading.documents_total
    return message


def row_to_proto(row: QuarantinedRow) -> pb.QuarantinedRow:
    """A row in quarantine."""
    return pb.QuarantinedRow(
        name=f"{ROWS}{row.id}",
        provider=PROVIDERS.number(row.provider),
        reason=row.reason,
        detail=row.detail,
        source=row.source,
        row=row.row,
        offer=None if row.offer is None else offer_to_proto(row.offer, None),
        state=STATES.number(row.state),
        first_seen_time=time_to_proto(row.first_seen_at),
        last_seen_time=time_to_proto(row.last_seen_at),
        times_seen=row.times_seen,
        reviewer=row.reviewer,
        review_reason=row.review_reason,
        review_time=time_to_proto(row.reviewed_at),
    )


def alert_to_proto(alert: Alert) -> alert_service_pb2.PriceAlert:
    """An alert, without its secret."""
    return alert_service_pb2.PriceAlert(
        name=f"{ALERTS}{alert.id}",
        display_name=alert.display_name,
        filter=alert.filter,
        webhook_url=alert.url,
        creator=alert.creator,
        create_time=time_to_proto(alert.create_time),
    )


def delivery_to_proto(delivery: Delivery) -> alert_service_pb2.AlertDelivery:
    """One message of an alert."""
    waits = delivery.state is DeliveryState.WAITING
    return alert_service_pb2.AlertDelivery(
        id=str(delivery.id),
        catalogue=f"catalogues/{delivery.version}",
        changes=delivery.matched,
        state=delivery.state,
        attempts=delivery.attempts,
        outcome=delivery.outcome,
        create_time=time_to_proto(delivery.create_time),
        next_attempt_time=time_to_proto(delivery.due_at) if waits else None,
    )


def _counts(counts: Counts) -> pb.RefreshCounts:
    return pb.RefreshCounts(
        read=counts.read,
        rejected=counts.rejected,
        out_of_scope=counts.out_of_scope,
        accepted=counts.accepted,
        quarantined=counts.quarantined,
        opened=counts.opened,
        changed=counts.changed,
        ended=counts.ended,
    )
