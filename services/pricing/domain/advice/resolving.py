"""From what is wanted to offers: by key, or the cheapest ones that satisfy a need."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import numpy as np

from services.pricing.domain.advice.amounts import MONTH
from services.pricing.domain.advice.candidates import Candidates, numbered
from services.pricing.domain.advice.types.comparison import Split
from services.pricing.domain.offers import OfferKey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.pricing.domain.advice.candidates import Integers
    from services.pricing.domain.advice.types.needs import Wanted
    from services.pricing.domain.index import CatalogueIndex
    from services.pricing.domain.offers import Offer

_FEW_GROUPS: Final = 100
"""So many passes over the rows take less time than sorting them once."""


def offer_of(index: CatalogueIndex, key: OfferKey) -> Offer | None:
    """The offer with this key; None where the catalogue has none."""
    row = index.find(key)
    return None if row is None else index.offer(row)


def cheapest(index: CatalogueIndex, wanted: Wanted, hours: Decimal) -> Offer | None:
    """The offer itself, or the cheapest by the month that satisfies the need when it runs for so many hours of it."""
    if isinstance(wanted, OfferKey):
        return offer_of(index, wanted)
    found = cheapest_of_each(Candidates.of(index, wanted), hours, ())
    return found[0] if found else None


def cheapest_of_each(candidates: Candidates, hours: Decimal, split: Sequence[Split]) -> list[Offer]:
    """The cheapest by the month of each group, the cheapest first; equal ones in the order of the catalogue."""
    if not len(candidates):
        return []
    groups = _groups(candidates, split)
    best: dict[int, tuple[Decimal, int]] = {}
    for position in _least(candidates, groups):
        paid = MONTH if candidates.paid_whole[position] else hours
        cost = (int(candidates.hourly[position]) * paid, position)
        group = int(groups[position])
        best[group] = min(cost, best.get(group, cost))
    return [candidates.offer(position) for _, position in sorted(best.values())]


def _groups(candidates: Candidates, split: Sequence[Split]) -> Integers:
    groups = np.zeros(len(candidates), np.int64)
    parts = []
    if Split.REGION in split:
        parts.append(candidates.place)
    if Split.PROVIDER in split:
        parts.append(candidates.provider)
    if Split.PURCHASE in split:
        parts.append(candidates.kind)
    for part in parts:
        numbers = numbered(part)
        groups = numbered(groups * (int(numbers.max()) + 1) + numbers)
    return groups


def _least(candidates: Candidates, groups: Integers) -> list[int]:
    """The lowest hourly price in each group of what is paid by the hour, and of what is paid whole; of equal ones the
    first row."""
    keys = numbered(groups * 2 + candidates.paid_whole)
    count = int(keys.max()) + 1
    if count <= _FEW_GROUPS:
        members = [np.flatnonzero(keys == key) for key in range(count)]
        return [int(each[np.argmin(candidates.hourly[each])]) for each in members]
    order = np.lexsort((candidates.rows, candidates.hourly, keys))
    firsts = np.unique(keys[order], return_index=True)[1]
    return [int(position) for position in order[firsts]]
