"""Why kinds of options lost: the same sentences for every kind of advice."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from services.pricing.domain.advice.candidates import PROVIDERS, Candidates, Mask, option_class
from services.pricing.domain.advice.types.rejections import Lost, OptionClass, Rejected
from services.pricing.domain.constraints import Constraints
from services.pricing.domain.offers import Provider, Purchase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.pricing.domain.advice.types.figures import Figure
    from services.pricing.domain.index import CatalogueIndex
    from services.pricing.domain.offers import Offer

SOLD: Final = {
    Provider.AWS: (Purchase.ON_DEMAND, Purchase.SPOT, Purchase.RESERVED, Purchase.SAVINGS_PLAN),
    Provider.AZURE: (Purchase.ON_DEMAND, Purchase.SPOT, Purchase.RESERVED, Purchase.SAVINGS_PLAN),
    Provider.GCP: (Purchase.ON_DEMAND, Purchase.SPOT, Purchase.COMMITTED_USE),
}
"""What each provider sells in general: without any price of it in the catalogue, that is said."""
_NAMES: Final = {
    Purchase.ON_DEMAND: "on demand",
    Purchase.LOW_PRIORITY: "low priority",
    Purchase.SAVINGS_PLAN: "savings plan",
    Purchase.COMMITTED_USE: "committed use",
    Purchase.SUSTAINED_USE: "sustained use",
    Purchase.CAPACITY_BLOCK: "capacity block",
}
_OPEN: Final = Constraints()


def bought(options: OptionClass) -> str:
    """The class in words: `aws reserved for 12 months`."""
    name = f"{options.provider} {_NAMES.get(options.purchase, options.purchase)}"
    return f"{name} for {options.term_months} months" if options.term_months else name


def class_of(offer: Offer) -> OptionClass:
    """The class that an offer belongs to."""
    return OptionClass(offer.key.provider, offer.key.purchase, offer.key.term_months)


def dearer(offer: Offer, difference: Figure, text: str = "") -> Rejected:
    """It would do, for so much more a month."""
    options = class_of(offer)
    said = (
        text or f"{bought(options)}: dearer by {difference.money.shown} a month, at best with {offer.key.instance_type}"
    )
    return Rejected(options, Lost.DEARER, f"{said} in {offer.key.region}", offer=offer, difference=difference)


def interruptible(options: OptionClass, offer: Offer | None = None) -> Rejected:
    """The provider may take it away."""
    text = f"{bought(options)}: the provider may take it away, more than is tolerated"
    return Rejected(options, Lost.INTERRUPTIBLE, text, offer=offer)


def too_long(options: OptionClass, accepted: int, offer: Offer | None = None) -> Rejected:
    """It binds for longer than is accepted."""
    if options.term_months:
        text = f"{bought(options)}: binds for {options.term_months} months, {accepted} are accepted"
    else:
        text = f"{bought(options)}: is sold in blocks of days, paid used or not, and was not asked for"
    return Rejected(options, Lost.TERM_TOO_LONG, text, offer=offer)


def breaks(options: OptionClass, constraint: str, offer: Offer | None = None) -> Rejected:
    """None of it satisfies the constraint."""
    text = f"{bought(options)}: no offer satisfies {constraint}"
    return Rejected(options, Lost.BREAKS_CONSTRAINT, text, constraint, offer)


@dataclass(frozen=True)
class Unmatched:
    """The classes of which no offer satisfies the constraints, for providers that the constraints allow."""

    index: CatalogueIndex
    constraints: Constraints

    def rejections(self) -> Iterator[Rejected]:
        """One for each of them: the constraint that its nearest, cheapest offer breaks, or that no price is known."""
        matching = self._failures == 0
        kinds, positions = np.unique(self._all.kind, return_inverse=True)
        known = set()
        for number, kind in enumerate(kinds.tolist()):
            options = option_class(kind)
            known.add((options.provider, options.purchase))
            members = positions == number
            if options.provider in self._providers and not (members & matching).any():
                yield self._broken(options, np.flatnonzero(members))
        for provider in self._providers:
            for purchase in SOLD[provider]:
                if (provider, purchase) not in known:
                    yield self._unknown(OptionClass(provider, purchase))

    def _unknown(self, options: OptionClass) -> Rejected:
        return Rejected(options, Lost.NO_PRICE_KNOWN, f"{bought(options)}: the catalogue has no price of it")

    def _broken(self, options: OptionClass, members: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Rejected:
        nearest = members[np.lexsort((self._all.hourly[members], self._failures[members]))[0]]
        first = next(name for name, fulfilled in self._fulfilled.items() if not fulfilled[nearest])
        offer = self._all.offer(int(nearest))
        return interruptible(options, offer) if first == "interruptible" else breaks(options, first, offer)

    @cached_property
    def _providers(self) -> tuple[Provider, ...]:
        wanted = self.constraints
        return tuple(
            provider
            for provider in PROVIDERS
            if provider in (wanted.providers or PROVIDERS) and provider not in wanted.without_providers
        )

    @cached_property
    def _all(self) -> Candidates:
        return Candidates.of(self.index, replace(_OPEN, currency=self.constraints.currency))

    @cached_property
    def _fulfilled(self) -> dict[str, Mask]:
        """By the name of each constraint that is set: which of all offers fulfil it alone."""
        found = {}
        for field in fields(Constraints):
            value = getattr(self.constraints, field.name)
            if field.name != "currency" and value != getattr(_OPEN, field.name):
                alone = replace(_OPEN, currency=self.constraints.currency, **{field.name: value})
                found[field.name] = np.isin(self._all.rows, self.index.select(alone), assume_unique=True)
        return found

    @cached_property
    def _failures(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        failures = np.zeros(len(self._all), np.int64)
        for fulfilled in self._fulfilled.values():
            failures += ~fulfilled
        return failures
