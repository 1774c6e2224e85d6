"""The index of one version of the catalogue: all its offers in columns, searched without a database."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from services.pricing.domain.index import snapshots
from services.pricing.domain.index.fields import DEFAULT_ORDER, columns_of
from services.pricing.domain.index.figures import figures_of
from services.pricing.domain.index.filtering import rows_that_match
from services.pricing.domain.index.listings import Listings
from services.pricing.domain.index.ordering import Found, Order, order_of, page_of
from services.pricing.domain.index.rows import Rows, rows_of
from services.pricing.domain.index.selecting import Selector
from services.runtime.listing.ast import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from services.pricing.domain.constraints import Constraints
    from services.pricing.domain.index.columns import Column, Integers, Mask
    from services.pricing.domain.offers import Offer, OfferKey
    from services.pricing.domain.versions import Version
    from services.runtime.listing import Expression, OrderTerm

_CACHED_BYTES = 8 * 2**20
_MOST_CACHED = 512
# About a kilobyte each; those that are asked for are mostly the cheap ones, again and again.
_MOST_OFFERS = 8_192


class CatalogueIndex(Listings):
    """The offers of one version, by row: numbered from 0 in the order of their ids.

    It never changes and may be used by many threads. What recent searches found and how recent orders go is kept: at
    most 8 MiB each of filters, constraints and orders.
    """

    def __init__(self, version: Version, rows: Rows) -> None:
        figures = figures_of(rows)
        columns, size = columns_of(rows, figures), len(rows)
        super().__init__(rows, columns)
        self.version = version
        self.hourly = rows.hourly
        """Nanos of the row's currency for an hour of the whole instance."""
        self.upfront = rows.upfront
        """Nanos at the beginning of the term; -1 without or where it is not known."""
        self.millicpus = figures.millicpus
        self.memory_mib = figures.memory_mib
        self.gpu_count: npt.NDArray[np.float64] = figures.gpu_count
        """0 without GPUs."""
        self.gpu_memory_mib = figures.gpu_memory_mib
        """Of each GPU; -1 without or where it is not known."""
        self.per_vcpu = figures.per_vcpu
        """Nanos for an hour of one vCPU, rounded half to even; -1 without any."""
        self.per_gib = figures.per_gib
        """Nanos for an hour of one GiB of memory, likewise."""
        self.per_gpu = figures.per_gpu
        """Nanos for an hour of one GPU, likewise."""
        # The caches hold on to the columns and not to the index, so that it goes when the last reader lets go of it.
        selector = Selector(rows, figures, columns)
        self._filtered = lru_cache(_entries(size))(
            lambda expression: _counted(rows_that_match(expression, columns, size))
        )
        self._selected = lru_cache(_entries(size))(lambda constraints: _counted(selector.mask(constraints)))
        self._offer = lru_cache(_MOST_OFFERS)(rows.offer)
        self._ordered = lru_cache(_entries(8 * size))(lambda terms: order_of(terms, columns, size))

    @classmethod
    def build(cls, version: Version, offers: Iterable[Offer]) -> CatalogueIndex:
        """The index of these offers, in whatever order they come.

        Raises:
            ValueError: two offers have one key, or one contradicts itself or cannot be held.
        """
        return cls(version, rows_of(offers))

    @classmethod
    def restore(cls, version: Version, data: bytes) -> CatalogueIndex:
        """The index that `snapshot` was made of.

        Raises:
            SnapshotInvalid: the bytes are damaged, of another version of the catalogue or of another format.
        """
        return cls(version, snapshots.read(data, version.number))

    def snapshot(self) -> bytes:
        """All of it as bytes, compressed; one version always gives the same."""
        return snapshots.written(self._rows, self.version.number)

    def __len__(self) -> int:
        return len(self._rows)

    def offer(self, row: int) -> Offer:
        """The offer of a row, equal to the one that the index was built of."""
        return self._offer(int(row))

    def key(self, row: int) -> OfferKey:
        """The key of a row's offer."""
        return self._rows.offer_key(row)

    def find(self, key: OfferKey) -> int | None:
        """The row with this key."""
        return self.find_id(key.id)

    def find_id(self, offer_id: str) -> int | None:
        """The row of the offer with this id."""
        first, end = 0, len(self)
        while first < end:
            middle = (first + end) // 2
            found = self.key(middle).id
            if found == offer_id:
                return middle
            first, end = (middle + 1, end) if found < offer_id else (first, middle)
        return None

    def column(self, field: str) -> Column:
        """A field of FIELDS for all rows, with its values in ascending order: to group by, or to compare."""
        return self._columns[field]

    def select(self, constraints: Constraints) -> Integers:
        """The rows that fulfil all constraints, ascending. What is not known of an offer fulfils none."""
        mask, _ = self._selected(constraints)
        return np.flatnonzero(mask)

    def search(
        self,
        filter: Expression = EVERYTHING,  # noqa: A002 (the word of AIP-160)
        order: Sequence[OrderTerm] = DEFAULT_ORDER,
        limit: int = 50,
        after: int | None = None,
        constraints: Constraints | None = None,
    ) -> Found:
        """A page of the rows that pass the filter, and the constraints if there are any.

        `filter` and `order` are of FIELDS and ORDERABLE; rows that are equal in all terms follow their ids, and what
        has no value comes last. `after` is `Found.next_after` of the page before: it is good for this version only.

        Raises:
            ValueError: there is no row `after`.
        """
        if after is not None and not 0 <= after < len(self):
            raise ValueError(f"there is no row {after}")
        mask, total = self._filtered(filter)
        if constraints is not None:
            mask, total = _counted(mask & self._selected(constraints)[0])
        ordered: Order = self._ordered(tuple(order) or DEFAULT_ORDER)
        return page_of(mask, total, ordered, limit, after)


def _counted(mask: Mask) -> tuple[Mask, int]:
    mask.setflags(write=False)
    return mask, int(np.count_nonzero(mask))


def _entries(size: int) -> int:
    """How many results of so many bytes are kept."""
    return max(1, min(_MOST_CACHED, _CACHED_BYTES // max(size, 1)))
