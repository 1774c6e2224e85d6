"""Making figures: each amount is computed exactly, rounded once to whole nanos, and says how it came about."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Final

from services.pricing.domain import index as unit_prices
from services.pricing.domain.advice.types.figures import Figure
from services.pricing.domain.money import HOURS_A_MONTH, Money
from services.pricing.domain.offers import COMMITTED, Purchase

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from services.pricing.domain.offers import Offer

MONTH: Final = Decimal(HOURS_A_MONTH)
MONTHS_A_YEAR: Final = 12
PAID_WHOLE: Final = COMMITTED | {Purchase.SUSTAINED_USE, Purchase.CAPACITY_BLOCK}
"""What counts with all hours of a month, however few are used: commitments and capacity blocks are paid for their whole
term; the price after sustained-use discount holds for whole months of use, and a part of a month never costs more than
the whole one."""

_SHOWN_TERMS: Final = 6
_HUNDREDTH: Final = Decimal("0.01")


def number(value: Decimal | int, places: int = 4) -> str:
    """The number as shown in a formula: at most `places` decimal places, no trailing zeros."""
    rounded = round(Decimal(value), places)
    return f"{rounded.normalize():f}" if rounded else "0"


def paid_hours(offer: Offer, hours: Decimal) -> Decimal:
    """Hours a month that are paid of an instance that runs for `hours` of them."""
    return MONTH if offer.key.purchase in PAID_WHOLE else hours


def running(offer: Offer, quantity: int = 1) -> Figure:
    """An hour in which `quantity` instances run."""
    formula = f"{offer.hourly}/h" if quantity == 1 else f"{offer.hourly}/h x {quantity}"
    return Figure(offer.hourly.times(quantity), formula, (offer,))


def monthly(offer: Offer, quantity: int, hours: Decimal) -> Figure:
    """A month in which `quantity` instances run for `hours` each."""
    return _over(offer, quantity, paid_hours(offer, hours), 1)


def yearly(offer: Offer, quantity: int, hours: Decimal) -> Figure:
    """Twelve such months."""
    return _over(offer, quantity, paid_hours(offer, hours), MONTHS_A_YEAR)


def over_months(offer: Offer, quantity: int, months: int) -> Figure:
    """All hours of so many months, of `quantity` instances."""
    formula = f"{offer.hourly}/h x {quantity} x {HOURS_A_MONTH} h x {months} months"
    return Figure(offer.hourly.times(HOURS_A_MONTH * quantity * months), formula, (offer,))


def _over(offer: Offer, quantity: int, hours: Decimal, months: int) -> Figure:
    formula = f"{offer.hourly}/h x {quantity} x {number(hours)} h" + (f" x {months} months" if months > 1 else "")
    return Figure(offer.hourly.times(hours * quantity * months), formula, (offer,))


def twelvefold(month: Figure) -> Figure:
    """Twelve times a month's cost."""
    return Figure(
        month.money.times(MONTHS_A_YEAR), f"{month.money} x {MONTHS_A_YEAR} months", month.offers, month.given
    )


def upfront_of(offer: Offer, quantity: int) -> Figure | None:
    """What is paid at the beginning of the term for `quantity` instances; None where that is nothing or not known."""
    if offer.upfront is None or not offer.upfront.nanos:
        return None
    return Figure(offer.upfront.times(quantity), f"{offer.upfront} upfront x {quantity}", (offer,))


def per_vcpu(offer: Offer) -> Figure | None:
    """An hour of one vCPU; None for an instance without."""
    return _per(offer, unit_prices.per_vcpu(offer), Decimal(offer.instance.millicpus) / 1000, "vCPU")


def per_gib(offer: Offer) -> Figure | None:
    """An hour of one GiB of memory; None where the memory is unknown."""
    return _per(offer, unit_prices.per_gib(offer), Decimal(offer.instance.memory_mib) / 1024, "GiB")


def per_gpu(offer: Offer) -> Figure | None:
    """An hour of one whole GPU; None for an instance without."""
    gpu = offer.instance.gpu
    return None if gpu is None else _per(offer, unit_prices.per_gpu(offer), gpu.count, "GPU")


def _per(offer: Offer, price: Money | None, amount: Decimal, unit: str) -> Figure | None:
    return None if price is None else Figure(price, f"{offer.hourly}/h / {number(amount)} {unit}", (offer,))


def added(figures: Sequence[Figure], currency: str) -> Figure:
    """The sum; of no figures it is zero, given by nothing."""
    total = Money(sum(figure.money.nanos for figure in figures), currency)
    shown = [str(figure.money) for figure in figures[:_SHOWN_TERMS]]
    if len(figures) > _SHOWN_TERMS:
        shown.append(f"{len(figures) - _SHOWN_TERMS} more")
    if not shown:
        return Figure(total, str(total), (), ("nothing to add",))
    return Figure(total, " + ".join(shown), *origins(figures))


def less(high: Figure, low: Figure) -> Figure:
    """The difference `high - low`."""
    return Figure(high.money - low.money, f"{high.money} - {low.money}", *origins((high, low)))


def origins(figures: Iterable[Figure]) -> tuple[tuple[Offer, ...], tuple[str, ...]]:
    """The offers and the caller's prices of all figures, each once, in order."""
    offers: dict[str, Offer] = {}
    given: dict[str, None] = {}
    for figure in figures:
        for offer in figure.offers:
            offers.setdefault(offer.key.id, offer)
        given.update(dict.fromkeys(figure.given))
    return tuple(offers.values()), tuple(given)


def per_cent(part: Money, of: Money) -> Decimal | None:
    """`part` in hundredths of `of`, to a hundredth, half to even; None of nothing."""
    if not of.nanos:
        return None
    return (Decimal(part.nanos) * 100 / of.nanos).quantize(_HUNDREDTH, ROUND_HALF_EVEN)
