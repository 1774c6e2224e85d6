"""The units that a price may have in a provider's interface."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from services.pricing.domain.offers import Provider

if TYPE_CHECKING:
    from collections.abc import Mapping


class PriceUnit(StrEnum):
    """What an amount is for."""

    HOUR = "hour"
    """An hour of one whole thing: an instance, or a vCPU or an accelerator where the provider prices them apart."""
    GIB_HOUR = "gib_hour"
    """An hour of one GiB of memory: a part of a composed price."""
    GIB_MONTH = "gib_month"
    """A month of one GiB of local disk: a part of a composed price."""
    TERM = "term"
    """The whole of a commitment, paid at the beginning."""


UNITS: Final[Mapping[Provider, Mapping[str, PriceUnit]]] = MappingProxyType(
    {
        Provider.AWS: MappingProxyType(
            {
                "Hrs": PriceUnit.HOUR,
                "hrs": PriceUnit.HOUR,
                "Hours": PriceUnit.HOUR,
                "Quantity": PriceUnit.TERM,
            }
        ),
        Provider.AZURE: MappingProxyType({"1 Hour": PriceUnit.HOUR}),
        Provider.GCP: MappingProxyType(
            {"h": PriceUnit.HOUR, "GiBy.h": PriceUnit.GIB_HOUR, "GiBy.mo": PriceUnit.GIB_MONTH}
        ),
    }
)
"""The white list: what the interfaces call the units of compute prices. Anything else means something else, and a row
with it is rejected. Azure says `1 Hour` for reservations as well, whose amount is for the whole term: it is the row's
type that tells."""


def price_unit(provider: Provider, unit: str) -> PriceUnit | None:
    """What the interface's unit means; None where it is not on the white list."""
    return UNITS[provider].get(unit)
