"""What a caller hears of each failure of this service: code, reason, safe text, facts."""

from __future__ import annotations

from datetime import timedelta

import grpc
from malha.error.v1.reason_pb2 import Reason

from services.pricing.domain import errors
from services.pricing.domain.advice import errors as advice
from services.pricing.domain.index import NoCatalogue
from services.pricing.domain.readings import SourceFailed
from services.runtime.errors import ErrorMap, ErrorRule

_OFFER = "malha.pricing.v1.Offer"
_SOON = timedelta(seconds=1)
_LATER = timedelta(seconds=30)


def error_map() -> ErrorMap:
    """The rules of this service over those of the runtime."""
    return ErrorMap({**_of_catalogue(), **_of_advice(), **_of_ingest(), **_of_alerts()})


def _of_catalogue() -> dict[type[BaseException], ErrorRule]:
    return {
        errors.OfferNotFound: ErrorRule(
            code=grpc.StatusCode.NOT_FOUND,
            reason=Reason.REASON_OFFER_NOT_FOUND,
            message=lambda e: f"the catalogue has no offer `offers/{e.offer}`; SearchOffers finds those it has",
            resource=lambda e: (_OFFER, f"offers/{e.offer}"),
        ),
        errors.CatalogueNotFound: ErrorRule(
            code=grpc.StatusCode.NOT_FOUND,
            reason=Reason.REASON_CATALOGUE_NOT_FOUND,
            message=lambda e: f"there is no catalogue `catalogues/{e.number or 'current'}`",
            resource=lambda e: ("malha.pricing.v1.Catalogue", f"catalogues/{e.number or 'current'}"),
        ),
        errors.CatalogueVersionGone: ErrorRule(
            code=grpc.StatusCode.FAILED_PRECONDITION,
            reason=Reason.REASON_CATALOGUE_VERSION_GONE,
            message=lambda e: f"`catalogues/{e.number}` was replaced meanwhile; begin with the first page",
            metadata=lambda e: {"catalogue": f"catalogues/{e.number}"},
        ),
        NoCatalogue: ErrorRule(
            code=grpc.StatusCode.UNAVAILABLE,
            reason=Reason.REASON_DEPENDENCY_UNAVAILABLE,
            message=lambda _: "no catalogue has been loaded yet; try again",
            metadata=lambda _: {"dependency": "catalogue"},
            retry_after=_SOON,
        ),
    }


def _of_advice() -> dict[type[BaseException], ErrorRule]:
    return {
        advice.OfferUnknown: ErrorRule(
            code=grpc.StatusCode.NOT_FOUND,
            reason=Reason.REASON_OFFER_NOT_FOUND,
            message=lambda e: f"the catalogue has no offer `offers/{e.offer}`; SearchOffers finds those it has",
            resource=lambda e: (_OFFER, f"offers/{e.offer}"),
        ),
        advice.NothingMatches: ErrorRule(
            code=grpc.StatusCode.NOT_FOUND,
            reason=Reason.REASON_NOTHING_MATCHES,
            message=lambda e: f"the catalogue has no offer that fits: {e.what}",
            metadata=lambda e: {"what": e.what},
        ),
        advice.RequestInvalid: ErrorRule(
            code=grpc.StatusCode.INVALID_ARGUMENT,
            reason=Reason.REASON_ADVICE_REQUEST_INVALID,
            message=lambda e: f"{e.field}: {e.detail}",
            field=lambda e: e.field,
        ),
    }


def _of_ingest() -> dict[type[BaseException], ErrorRule]:
    return {
        errors.RefreshInProgress: ErrorRule(
            code=grpc.StatusCode.ABORTED,
            reason=Reason.REASON_REFRESH_IN_PROGRESS,
            message=lambda _: "another refresh of the catalogue is under way",
            retry_after=_LATER,
        ),
        errors.RefreshRefused: ErrorRule(
            code=grpc.StatusCode.FAILED_PRECONDITION,
            reason=Reason.REASON_LOAD_REFUSED,
            message=lambda e: f"what {e.provider} gave cannot be right as a whole ({e.reason}); nothing was published",
            metadata=lambda e: {"provider": e.provider, "why": e.reason},
        ),
        errors.SourceNotConfigured: ErrorRule(
            code=grpc.StatusCode.FAILED_PRECONDITION,
            reason=Reason.REASON_SOURCE_NOT_CONFIGURED,
            message=lambda e: f"the prices of {e.provider} need {e.needed}, which this installation was not given",
            metadata=lambda e: {"provider": e.provider},
        ),
        SourceFailed: ErrorRule(
            code=grpc.StatusCode.UNAVAILABLE,
            reason=Reason.REASON_SOURCE_FAILED,
            message=lambda e: f"a source of prices could not be read to its end ({e.why}); nothing was published",
            metadata=lambda e: {"why": str(e.why)},
            retry_after=_LATER,
        ),
        errors.QuarantinedRowNotFound: ErrorRule(
            code=grpc.StatusCode.NOT_FOUND,
            reason=Reason.REASON_QUARANTINED_ROW_NOT_FOUND,
            message=lambda e: f"there is no row `quarantinedRows/{e.row}`",
            resource=lambda e: ("malha.pricing.v1.QuarantinedRow", f"quarantinedRows/{e.row}"),
        ),
        errors.QuarantinedRowReviewed: ErrorRule(
            code=grpc.StatusCode.FAILED_PRECONDITION,
            reason=Reason.REASON_QUARANTINED_ROW_DECIDED,
            message=lambda e: f"the row was decided about before: it is {e.state}",
            metadata=lambda e: {"state": str(e.state)},
        ),
        errors.QuarantinedRowIncomplete: ErrorRule(
            code=grpc.StatusCode.FAILED_PRECONDITION,
            reason=Reason.REASON_QUARANTINED_ROW_INCOMPLETE,
            message=lambda _: "the row could not be read as an offer, so it can only be dismissed",
        ),
    }


def _of_alerts() -> dict[type[BaseException], ErrorRule]:
    return {
        errors.AlertNotFound: ErrorRule(
            code=grpc.StatusCode.NOT_FOUND,
            reason=Reason.REASON_ALERT_NOT_FOUND,
            message=lambda e: f"there is no alert `priceAlerts/{e.alert}`",
            resource=lambda e: ("malha.pricing.v1.PriceAlert", f"priceAlerts/{e.alert}"),
        ),
        errors.TooManyAlerts: ErrorRule(
            code=grpc.StatusCode.RESOURCE_EXHAUSTED,
            reason=Reason.REASON_TOO_MANY_ALERTS,
            message=lambda e: f"the tenant has {e.limit} alerts, as many as it may; delete one first",
            metadata=lambda e: {"limit": str(e.limit)},
        ),
        errors.WebhookNotAllowed: ErrorRule(
            code=grpc.StatusCode.INVALID_ARGUMENT,
            reason=Reason.REASON_WEBHOOK_NOT_ALLOWED,
            message=lambda e: f"nothing is sent to this address ({e.why}): give an https URL with a public address",
            metadata=lambda e: {"why": e.why},
            field=lambda _: "webhook_url",
        ),
    }
