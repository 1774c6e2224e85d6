"""Options of a recommendation, from numbers of instances to what is shown."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Final, TypeAlias

from services.pricing.domain.advice import amounts
from services.pricing.domain.advice.losing import bought, class_of
from services.pricing.domain.advice.types.needs import Work
from services.pricing.domain.advice.types.recommendation import MixLine, Option
from services.pricing.domain.money import Money
from services.pricing.domain.offers import COMMITTED, INTERRUPTIBLE, Offer

if TYPE_CHECKING:
    from services.pricing.domain.advice.needed import Needed
    from services.pricing.domain.advice.types.figures import Figure

Counted: TypeAlias = tuple[tuple[Offer, int], ...]
"""Offers with how many instances of each."""

_HUNDREDTH: Final = Decimal("0.01")
_UNITS: Final = (("vCPUs", 1000), ("GiB", 1024), ("GPUs", 1000), ("instances", 1))


def cost_of(counted: Counted, hours: Decimal) -> Money:
    """A month's cost, as the option will show it."""
    parts = [amounts.monthly(offer, count, hours).money for offer, count in counted]
    return Money(sum(part.nanos for part in parts), parts[0].currency)


def option_of(counted: Counted, needed: Needed, best: Figure) -> Option:
    """What is shown of it; `best` is a month of the cheapest option."""
    lines = tuple(
        MixLine(offer, count, amounts.running(offer, count), amounts.monthly(offer, count, needed.hours))
        for offer, count in counted
    )
    currency = lines[0].offer.hourly.currency
    monthly = amounts.added([line.monthly for line in lines], currency)
    covered = _covered(counted)
    share = _interruptible_share(counted, needed, covered)
    return Option(
        lines=lines,
        hourly=amounts.added([line.hourly for line in lines], currency),
        monthly=monthly,
        yearly=amounts.added([amounts.yearly(offer, count, needed.hours) for offer, count in counted], currency),
        covered=_work(covered, needed),
        interruptible_share=share,
        above_best=amounts.less(monthly, best),
        explanation=tuple(_explained(counted, needed, covered, share)),
    )


def _covered(counted: Counted) -> tuple[int, ...]:
    totals = [0, 0, 0, 0]
    for offer, count in counted:
        for dimension, amount in enumerate(_gives(offer)):
            totals[dimension] += count * amount
    return tuple(totals)


def _gives(offer: Offer) -> tuple[int, ...]:
    instance = offer.instance
    return instance.millicpus, instance.memory_mib, int(instance.gpu.count * 1000) if instance.gpu else 0, 1


def _work(covered: tuple[int, ...], needed: Needed) -> Work:
    millicpus, memory, gpus, instances = (
        amount if asked else None for amount, asked in zip(covered, needed.amounts, strict=True)
    )
    return Work(millicpus, memory, None if gpus is None else Decimal(gpus) / 1000, instances)


def _interruptible_share(counted: Counted, needed: Needed, covered: tuple[int, ...]) -> Decimal:
    gone = _covered(tuple((offer, count) for offer, count in counted if offer.key.purchase in INTERRUPTIBLE))
    shares = [
        Decimal(lost) / total
        for lost, total, asked in zip(gone, covered, needed.amounts, strict=True)
        if asked and total
    ]
    return max(shares).quantize(_HUNDREDTH, ROUND_HALF_EVEN)


def _explained(counted: Counted, needed: Needed, covered: tuple[int, ...], share: Decimal) -> list[str]:
    said = [
        f"{count} x {offer.key.instance_type} in {offer.key.region}, {bought(class_of(offer))}"
        for offer, count in counted
    ]
    for (unit, size), total, asked in zip(_UNITS, covered, needed.amounts, strict=True):
        if asked:
            more = f", {amounts.number(Decimal(total - asked) / size)} more than needed" if total > asked else ""
            said.append(f"gives {amounts.number(Decimal(total) / size)} {unit}{more}")
    if share:
        said.append(f"the provider may take away {amounts.number(share * 100)} per cent of it at any time")
    for offer, _ in counted:
        if offer.key.purchase in COMMITTED:
            said.append(f"{offer.key.instance_type} is paid for {offer.key.term_months} months, used or not")
    return said
