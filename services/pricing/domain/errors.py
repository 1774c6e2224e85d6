"""What can go wrong in this service, with the facts that a caller needs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from services.runtime.exceptions import DomainError

if TYPE_CHECKING:
    from services.pricing.domain.loads import Load
    from services.pricing.domain.offers import Provider
    from services.pricing.domain.quarantine import QuarantineState


class OfferNotFound(DomainError):
    """No version has, or had, an offer with this id."""

    def __init__(self, offer: str) -> None:
        super().__init__(offer)
        self.offer = offer


class CatalogueNotFound(DomainError):
    """There is no version with this number; 0 stands for the newest, where none was published yet."""

    def __init__(self, number: int) -> None:
        super().__init__(str(number))
        self.number = number


class CatalogueVersionGone(DomainError):
    """The version was published once and its offers are no longer held together; begin again with the newest."""

    def __init__(self, number: int) -> None:
        super().__init__(str(number))
        self.number = number


class RefreshInProgress(DomainError):
    """Another refresh, here or in another process, is under way; `load` is it, where that is known."""

    def __init__(self, load: Load | None = None) -> None:
        super().__init__("" if load is None else str(load.id))
        self.load = load


class RefreshRefused(DomainError):
    """What was read breaks an invariant of the whole load, so that nothing of it was published."""

    def __init__(self, load: UUID, provider: Provider, reason: str) -> None:
        super().__init__(f"{provider}: {reason}")
        self.load = load
        self.provider = provider
        self.reason = reason
        """Such as `row_count_out_of_band`, followed by what was found."""


class SourceNotConfigured(DomainError):
    """The provider's interface needs something, such as a key, that this installation was not given."""

    def __init__(self, provider: Provider, needed: str) -> None:
        super().__init__(f"{provider}: {needed}")
        self.provider = provider
        self.needed = needed
        """The setting that is missing."""


class QuarantinedRowNotFound(DomainError):
    """There is no row with this id in quarantine."""

    def __init__(self, row: UUID) -> None:
        super().__init__(str(row))
        self.row = row


class QuarantinedRowReviewed(DomainError):
    """The row was reviewed before, with another outcome that can no longer be changed."""

    def __init__(self, row: UUID, state: QuarantineState) -> None:
        super().__init__(f"{row} is {state}")
        self.row = row
        self.state = state


class QuarantinedRowIncomplete(DomainError):
    """The row cannot be approved: it could not even be read as an offer. It can be dismissed."""

    def __init__(self, row: UUID) -> None:
        super().__init__(str(row))
        self.row = row


class AlertNotFound(DomainError):
    """The caller's tenant has no alert with this id."""

    def __init__(self, alert: UUID) -> None:
        super().__init__(str(alert))
        self.alert = alert


class TooManyAlerts(DomainError):
    """The tenant has as many alerts as it may; `limit` is that many."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"limit {limit}")
        self.limit = limit


class WebhookNotAllowed(DomainError):
    """The URL is none to which this service sends anything; `why` is a short name, such as `scheme` or `address`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
