"""Whether and when a commitment pays: what is paid along both paths, month by month.

A commitment of hourly price c, its upfront payment spread over the term, costs c x 730 x term, used or not. Paying on
demand at price p costs p x 730 x utilisation for each month. The formulas are those of linear break-even analysis: each
point is where two such lines meet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from services.pricing.domain.advice.amounts import MONTH, less, number, per_cent
from services.pricing.domain.advice.checks import MOST_INSTANCES, within
from services.pricing.domain.advice.errors import NothingMatches, OfferUnknown, RequestInvalid
from services.pricing.domain.advice.resolving import cheapest, offer_of
from services.pricing.domain.advice.types.commitment import (
    AnalyzeCommitmentRequest,
    CommitmentAnalysis,
    MonthOfPaths,
    SensitivityCell,
)
from services.pricing.domain.advice.types.figures import Figure
from services.pricing.domain.money import Money, whole
from services.pricing.domain.offers import COMMITTED, Offer, OfferKey, Payment, Purchase

if TYPE_CHECKING:
    from services.pricing.domain.index import CatalogueIndex

_HUNDREDTH = Decimal("0.01")
_TEN_THOUSANDTH = Decimal("0.0001")


def analyze_commitment(index: CatalogueIndex, request: AnalyzeCommitmentRequest) -> CommitmentAnalysis:
    """When the commitment pays. Raises RequestInvalid, OfferUnknown for a key that the catalogue does not have, and
    NothingMatches where no commitment or no on-demand offer fits."""
    _check(request)
    commitment = _commitment(index, request)
    on_demand = _on_demand(index, request, commitment)
    paths = _Paths(commitment, on_demand, request.quantity, request.utilisation)
    total, otherwise = paths.committed(paths.months), paths.on_demand(paths.months)
    saving = less(otherwise, total)
    return CommitmentAnalysis(
        version=index.version,
        commitment=commitment,
        on_demand=on_demand,
        utilisation=request.utilisation,
        upfront=paths.committed(0),
        upfront_known=paths.upfront_known,
        recurring=paths.recurring(),
        committed_total=total,
        on_demand_total=otherwise,
        saving=saving,
        saving_percent=per_cent(saving.money, otherwise.money) or Decimal(0),
        cash_break_even_months=paths.cash_break_even(),
        use_break_even_months=paths.use_break_even(),
        break_even_utilisation=(Decimal(commitment.hourly.nanos) / on_demand.hourly.nanos).quantize(
            _TEN_THOUSANDTH, ROUND_CEILING
        ),
        paths=tuple(paths.month(month) for month in range(paths.months + 1)),
        sensitivity=tuple(
            paths.cell(utilisation, change) for utilisation in request.utilisations for change in request.price_changes
        ),
    )


def _check(request: AnalyzeCommitmentRequest) -> None:
    within("quantity", request.quantity, 1, MOST_INSTANCES)
    if not 0 < request.utilisation <= 1:
        raise RequestInvalid("utilisation", "above 0 and at most 1")
    if any(not 0 < utilisation <= 1 for utilisation in request.utilisations):
        raise RequestInvalid("utilisations", "each above 0 and at most 1")
    if any(change <= -100 for change in request.price_changes):
        raise RequestInvalid("price_changes", "each above -100 per cent")


def _commitment(index: CatalogueIndex, request: AnalyzeCommitmentRequest) -> Offer:
    wanted = request.commitment
    if isinstance(wanted, OfferKey):
        found = offer_of(index, wanted)
        if found is None:
            raise OfferUnknown(wanted)
        if found.key.purchase not in COMMITTED or not found.key.term_months:
            raise RequestInvalid("commitment", "an offer without a term")
        return found
    named = tuple(purchase for purchase in wanted.purchases if purchase in COMMITTED)
    best = cheapest(index, replace(wanted, purchases=named or tuple(sorted(COMMITTED))), MONTH)
    if best is None or not best.key.term_months:
        raise NothingMatches("commitment")
    return best


def _on_demand(index: CatalogueIndex, request: AnalyzeCommitmentRequest, commitment: Offer) -> Offer:
    key = request.on_demand or replace(
        commitment.key, purchase=Purchase.ON_DEMAND, term_months=0, payment=Payment.NOTHING, plan=""
    )
    found = offer_of(index, key)
    if found is None:
        if request.on_demand is not None:
            raise OfferUnknown(key)
        raise NothingMatches("on demand")
    if found.hourly.currency != commitment.hourly.currency:
        raise RequestInvalid("on_demand", "another currency than the commitment's")
    if found.key.purchase in COMMITTED:
        raise RequestInvalid("on_demand", "an offer with a term")
    if found.hourly.nanos <= 0:
        raise NothingMatches("on demand")
    return found


@dataclass(frozen=True, slots=True)
class _Paths:
    """A commitment beside paying on demand, for `quantity` instances that are needed for a part of all hours."""

    commitment: Offer
    other: Offer
    quantity: int
    utilisation: Decimal

    @property
    def months(self) -> int:
        return self.commitment.key.term_months

    @property
    def currency(self) -> str:
        return self.commitment.hourly.currency

    @property
    def total_nanos(self) -> Decimal:
        """The whole term's cost: what is paid upfront if that is all, else its hourly price for every hour of it."""
        key, upfront = self.commitment.key, self.commitment.upfront
        if key.payment is Payment.ALL_UPFRONT and upfront is not None:
            return Decimal(upfront.nanos * self.quantity)
        return self.commitment.hourly.nanos * self.quantity * MONTH * self.months

    @property
    def upfront_known(self) -> bool:
        key = self.commitment.key
        return self.commitment.upfront is not None or key.payment in {Payment.NO_UPFRONT, Payment.ALL_UPFRONT}

    @property
    def upfront_nanos(self) -> Decimal:
        """Said by the source, or everything where that is how it is paid."""
        if self.commitment.key.payment is Payment.ALL_UPFRONT:
            return self.total_nanos
        upfront = self.commitment.upfront
        return Decimal(0) if upfront is None else Decimal(upfront.nanos * self.quantity)

    def money(self, nanos: Decimal) -> Money:
        return Money(whole(nanos), self.currency)

    def committed(self, month: int) -> Figure:
        """Paid until the end of a month: the upfront payment, and the rest in equal monthly parts."""
        rest = (self.total_nanos - self.upfront_nanos) * month / self.months
        formula = f"{self.money(self.upfront_nanos)} + {self.recurring().money} x {month} months"
        return Figure(self.money(self.upfront_nanos + rest), formula, (self.commitment,))

    def recurring(self) -> Figure:
        """Paid in each month of the term."""
        rest = self.money((self.total_nanos - self.upfront_nanos) / self.months)
        formula = (
            f"({self.commitment.hourly}/h x {self.quantity} x 730 h x {self.months} months"
            f" - {self.money(self.upfront_nanos)}) / {self.months}"
        )
        return Figure(rest, formula, (self.commitment,))

    def on_demand(self, month: int, utilisation: Decimal | None = None, change: Decimal = Decimal(0)) -> Figure:
        """Paid until the end of a month, at another utilisation and price if they are given."""
        used = self.utilisation if utilisation is None else utilisation
        price = self.other.hourly.nanos * (1 + change / 100)
        formula = f"{self.other.hourly}/h x {self.quantity} x 730 h x {number(used)} x {month} months"
        if change:
            formula += f" x {number(1 + change / 100)}"
        return Figure(self.money(price * self.quantity * MONTH * used * month), formula, (self.other,))

    def month(self, month: int) -> MonthOfPaths:
        committed, on_demand = self.committed(month), self.on_demand(month)
        return MonthOfPaths(month, committed, on_demand, committed.money <= on_demand.money)

    def cell(self, utilisation: Decimal, change: Decimal) -> SensitivityCell:
        other = self.on_demand(self.months, utilisation, change)
        saving = less(other, self.committed(self.months))
        return SensitivityCell(utilisation, change, saving, per_cent(saving.money, other.money) or Decimal(0))

    def _monthly_nanos(self) -> Decimal:
        return self.other.hourly.nanos * self.quantity * MONTH * self.utilisation

    def cash_break_even(self) -> Decimal | None:
        """upfront + recurring x m = on demand x m, solved for m."""
        recurring = (self.total_nanos - self.upfront_nanos) / self.months
        gain = self._monthly_nanos() - recurring
        if gain < 0 or (gain == 0 and self.upfront_nanos):
            return None
        return self._within(self.upfront_nanos / gain) if gain else Decimal(0)

    def use_break_even(self) -> Decimal | None:
        """total = on demand x m, solved for m."""
        return self._within(self.total_nanos / self._monthly_nanos())

    def _within(self, months: Decimal) -> Decimal | None:
        return None if months > self.months else months.quantize(_HUNDREDTH, ROUND_CEILING)
