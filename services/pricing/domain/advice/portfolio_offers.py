"""The offers of a portfolio, place by place: which of them count, and what they cost over the workload's months."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from services.pricing.domain.advice.candidates import PURCHASES, Candidates
from services.pricing.domain.advice.portfolio_search import Commitment, Place
from services.pricing.domain.money import HOURS_A_MONTH
from services.pricing.domain.offers import Payment, Purchase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.pricing.domain.advice.candidates import Integers, Mask
    from services.pricing.domain.advice.types.portfolio import PortfolioRequest


@dataclass(frozen=True)
class Offered:
    """What satisfies a request's constraints."""

    candidates: Candidates
    request: PortfolioRequest

    @cached_property
    def tolerated(self) -> Mask:
        """Which offers may be used: no blocks of days, no longer terms, nothing interruptible where that is excluded,
        and where the upfront payment is limited none whose own is not known."""
        allowed = ~self.candidates.capacity_block & (self.candidates.term <= self.request.term_months_at_most)
        if not self.request.interruptible_share:
            allowed &= ~self.candidates.interruptible
        return allowed if self.request.upfront_at_most is None else allowed & ~self.unknown_upfront

    @cached_property
    def unknown_upfront(self) -> Mask:
        """Commitments of which something is paid upfront that the source does not say."""
        payment = self.candidates.index.column("payment_option")
        nothing = payment.among([value == Payment.NO_UPFRONT.name for value in (*payment.values, None)])
        nothing = nothing[self.candidates.rows]
        unknown = self.candidates.index.upfront[self.candidates.rows] < 0
        return (self.candidates.term > 0) & unknown & ~nothing

    def places(self) -> Iterator[tuple[Place, Chosen]]:
        """Each place with what it offers; see `place_of`."""
        for place in np.unique(self.candidates.place[self.tolerated]):
            members = np.flatnonzero(self.tolerated & (self.candidates.place == place))
            yield self.place_of(members)

    def place_of(self, members: Integers) -> tuple[Place, Chosen]:
        """The cheapest on-demand and interruptible offers among these positions, and all commitments."""
        whole = self.candidates.paid_whole[members]
        interruptible = self.candidates.interruptible[members]
        on_demand = self._cheapest(members[~whole & ~interruptible])
        spot = self._cheapest(members[interruptible])
        commitments = tuple(self._commitment(position) for position in self._undominated(members[whole]))
        hourly = self.candidates.hourly
        place = Place(
            None if on_demand is None else int(hourly[on_demand]),
            None if spot is None else int(hourly[spot]),
            commitments,
        )
        return place, Chosen(on_demand, spot)

    def _cheapest(self, members: Integers) -> int | None:
        return int(members[np.argmin(self.candidates.hourly[members])]) if len(members) else None

    def _undominated(self, members: Integers) -> list[int]:
        """Per term the cheapest, and with a limit on upfront payments the cheapest of each payment option and price."""
        if not len(members):
            return []
        keys = [self.candidates.term[members]]
        if self.request.upfront_at_most is not None:
            keys.insert(0, self.candidates.index.upfront[self.candidates.rows[members]])
        order = np.lexsort((self.candidates.hourly[members], *keys))
        columns = np.column_stack([key[order] for key in keys])
        firsts = np.append(True, (columns[1:] != columns[:-1]).any(axis=1))
        return [int(position) for position in members[order][firsts]]

    def _commitment(self, position: int) -> Commitment:
        hours = terms_of(int(self.candidates.term[position]), self.request.months) * HOURS_A_MONTH
        upfront = int(self.candidates.index.upfront[self.candidates.rows[position]])
        return Commitment(position, int(self.candidates.hourly[position]) * hours, max(upfront, 0))

    def using(self, kind: int, members: Integers) -> Integers:
        """Of these positions the ones of a kind, and what is bought on demand."""
        plain = self.candidates.purchase[members] == PURCHASES.index(Purchase.ON_DEMAND)
        used: Integers = members[plain | (self.candidates.kind[members] == kind)]
        return used


@dataclass(frozen=True, slots=True)
class Chosen:
    """Positions of a place's cheapest offers."""

    on_demand: int | None
    spot: int | None


def terms_of(term_months: int, months: int) -> int:
    """Months that are paid of a commitment that is made again until so many months are over. What has no term, such as
    a sustained-use discount, is paid by the month."""
    term = max(term_months, 1)
    return -(-months // term) * term
