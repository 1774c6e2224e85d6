"""GCP's discounts for a whole month of use and for commitments, from `commitments.csv`.

The table has the monthly prices of one size of a family (or of one type, where sizes are not proportional) in one
region: after the sustained-use discount where the family has one, and with a resource-based commitment of one and three
years. GCP charges these by vCPU and GiB, so that sizes of a family cost in proportion. The rows of g2 are composed of
the prices of two sizes, by the vCPUs and GPUs of each.

An offer is only made where the table's on-demand price, in proportion, is the reference catalogue's to the fifth
decimal place. The two come from sources of different dates: where one has moved, the other's discounts say nothing
about it. Not covered are therefore n4 and, in europe-west4, g2 (both moved), m1-megamem-96 in three regions, and what
the source has no commitments for or prices otherwise: t2a, c4d, a2-ultragpu and a3.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from services.pricing.adapters.reference import tables
from services.pricing.domain.money import HOURS_A_MONTH, Money
from services.pricing.domain.offers import Offer, Purchase, Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FIFTH_PLACE: Final = Decimal("0.00001")
_SOURCE: Final = "gcp-months"


class _Months(NamedTuple):
    """A row of the table: US dollars, for a size with so many thousandths of vCPUs."""

    millicpus: int
    hour: Decimal
    sustained: Decimal | None
    one_year: Decimal
    three_years: Decimal
    source: Source


def commitments(offers: list[Offer], sources: Mapping[str, Source]) -> Iterator[Offer]:
    """What the table adds to the on-demand offers among these."""
    table = _table(sources[_SOURCE])
    for offer in offers:
        if offer.key.purchase is not Purchase.ON_DEMAND:
            continue
        region = offer.key.region
        months = table.get((offer.instance.type, region)) or table.get((offer.instance.family, region))
        if months is not None:
            yield from _discounts(offer, months)


def _table(source: Source) -> dict[tuple[str, str], _Months]:
    found = {}
    for applies_to, read_for, millicpus, region, hour, sustained, one_year, three_years in tables.rows(
        "commitments.csv"
    ):
        found[applies_to, region] = _Months(
            int(millicpus),
            Decimal(hour),
            Decimal(sustained) if sustained else None,
            Decimal(one_year),
            Decimal(three_years),
            replace(source, note=f"{source.note}, in proportion to that of {read_for}"),
        )
    return found


def _discounts(offer: Offer, months: _Months) -> Iterator[Offer]:
    share = Decimal(offer.instance.millicpus) / months.millicpus
    if abs(months.hour * share - offer.hourly.amount) > _FIFTH_PLACE:
        return
    if months.sustained is not None:
        yield replace(
            offer,
            key=replace(offer.key, purchase=Purchase.SUSTAINED_USE),
            hourly=_hourly(months.sustained * share),
            source=months.source,
        )
    for term_months, price in ((12, months.one_year), (36, months.three_years)):
        yield replace(
            offer,
            key=replace(
                offer.key,
                purchase=Purchase.COMMITTED_USE,
                term_months=term_months,
                plan="resource",
            ),
            hourly=_hourly(price * share),
            source=months.source,
        )


def _hourly(month: Decimal) -> Money:
    return Money.of(month / HOURS_A_MONTH)
