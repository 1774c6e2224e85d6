"""Why advice cannot be given. Each error has, as attributes, what its contract's reason lists as metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.runtime.exceptions import DomainError

if TYPE_CHECKING:
    from services.pricing.domain.offers import OfferKey


class AdviceError(DomainError):
    """Advice that cannot be given, for a reason that is the request's."""


class OfferUnknown(AdviceError):
    """The catalogue's version has no such offer."""

    def __init__(self, key: OfferKey) -> None:
        super().__init__(key.id)
        self.offer = key.id


class NothingMatches(AdviceError):
    """No offer satisfies a need without which there is no answer; `what` says which: `commitment`, `on demand`."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class RequestInvalid(AdviceError):
    """A request's `field` is out of its bounds or contradicts another; `detail` says how, in words safe to show."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(field, detail)
        self.field = field
        self.detail = detail
