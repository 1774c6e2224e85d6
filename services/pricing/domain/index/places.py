"""The areas of each row's region."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from services.pricing.domain import geography
from services.pricing.domain.index.columns import Column, code_type, frozen

if TYPE_CHECKING:
    from services.pricing.domain.index.rows import Rows
    from services.pricing.domain.offers import Provider


def places_of(rows: Rows) -> Column:
    """A column of the areas, as tuples: one for each provider's region that occurs. They have no order."""
    provider, region = rows.key["provider"], rows.key["region"]
    width = len(region.values)
    pairs = provider.codes.astype(np.int64) * width + region.codes
    places, codes = np.unique(pairs, return_inverse=True)
    areas = tuple(areas_of(provider.values[place // width], region.values[place % width]) for place in map(int, places))
    return Column(areas, frozen(codes.astype(code_type(len(areas)))))


def areas_of(provider: Provider, region: str) -> tuple[str, ...]:
    """The areas of a region that every account can use; none where only its code is known.

    Regions for authorities, say, are found by their codes: who asks for an area can seldom use them.
    """
    known = geography.region(provider, region)
    if known is None or known.partition is not geography.Partition.COMMERCIAL:
        return ()
    return tuple(sorted(known.areas))
