"""Rows of the catalogue that satisfy constraints, as arrays to group and to compare by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from services.pricing.domain.advice.amounts import PAID_WHOLE
from services.pricing.domain.advice.types.rejections import OptionClass
from services.pricing.domain.offers import INTERRUPTIBLE, Provider, Purchase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.pricing.domain.constraints import Constraints
    from services.pricing.domain.index import CatalogueIndex
    from services.pricing.domain.offers import Offer

Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
PROVIDERS: Final = tuple(Provider)
PURCHASES: Final = tuple(Purchase)


@dataclass(frozen=True, eq=False)
class Candidates:
    """Some rows of one version, ascending, and what groups them. Arrays have one element for each row."""

    index: CatalogueIndex
    rows: Integers

    @classmethod
    def of(cls, index: CatalogueIndex, constraints: Constraints) -> Candidates:
        """The rows that satisfy the constraints."""
        return cls(index, index.select(constraints))

    def __len__(self) -> int:
        return len(self.rows)

    def offer(self, position: int) -> Offer:
        """The offer at a position of the arrays."""
        return self.index.offer(int(self.rows[position]))

    def where(self, mask: npt.NDArray[Any]) -> Candidates:
        """Those that a mask, or positions, pick."""
        return Candidates(self.index, self.rows[mask])

    @cached_property
    def hourly(self) -> Integers:
        """Nanos."""
        return self.index.hourly[self.rows]

    @cached_property
    def provider(self) -> Integers:
        """Positions in PROVIDERS."""
        return self._enum("provider", [provider.name for provider in PROVIDERS])

    @cached_property
    def purchase(self) -> Integers:
        """Positions in PURCHASES."""
        return self._enum("purchase_option", [purchase.name for purchase in PURCHASES])

    @cached_property
    def term(self) -> Integers:
        """Months, 0 without one."""
        column = self.index.column("term_months")
        return np.array([*column.values, 0], np.int64)[column.codes[self.rows]]

    @cached_property
    def place(self) -> Integers:
        """A number for each region of each provider."""
        region = self.index.column("region")
        return self.provider * (len(region.values) + 1) + region.codes[self.rows]

    @cached_property
    def kind(self) -> Integers:
        """A number for each class of options: see `option_class`."""
        return (self.provider * len(PURCHASES) + self.purchase) * _TERMS + self.term

    @cached_property
    def interruptible(self) -> Mask:
        """Whether the provider may take it away."""
        return self._bought(INTERRUPTIBLE)

    @cached_property
    def capacity_block(self) -> Mask:
        """Whether it is sold in blocks of days."""
        return self._bought((Purchase.CAPACITY_BLOCK,))

    @cached_property
    def paid_whole(self) -> Mask:
        """Whether it counts with all hours of a month."""
        return self._bought(PAID_WHOLE)

    def _bought(self, purchases: Iterable[Purchase]) -> Mask:
        return np.isin(self.purchase, [PURCHASES.index(purchase) for purchase in purchases])

    def _enum(self, field: str, names: list[str]) -> Integers:
        column = self.index.column(field)
        table = [names.index(name) for name in column.values]
        return np.array([*table, -1], np.int64)[column.codes[self.rows]]


def numbered(codes: Integers) -> Integers:
    """The same groups, numbered from 0 without gaps in the order of their codes, which are small and not negative."""
    table = np.cumsum(np.bincount(codes) > 0) - 1
    return table[codes]


_TERMS: Final = 1_000


def option_class(kind: int) -> OptionClass:
    """The class of options that a number of `Candidates.kind` stands for."""
    bought, term = divmod(kind, _TERMS)
    provider, purchase = divmod(bought, len(PURCHASES))
    return OptionClass(PROVIDERS[provider], PURCHASES[purchase], term)
