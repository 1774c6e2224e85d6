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

    INSTANCE_HOUR = "instance_hour"
    """An hour of a whole instance."""
    VCPU_HOUR = "vcpu_hour"
    """An hour of one vCPU: a part of a composed price."""
    GIB_HOUR = "gib_hour"
    """An hour of one GiB of memory or of disk: a part of a composed price."""
    GPU_HOUR = "gpu_hour"
    """An hour of one accelerator: a part of a composed price."""
    TERM = "term"
    """The whole of a commitment, paid at the beginning."""


UNITS: Final[Mapping[Provider, Mapping[str, PriceUnit]]] = MappingProxyType(
    {
        Provider.AWS: MappingProxyType(
            {
                "Hrs": PriceUnit.INSTANCE_HOUR,
                "hrs": PriceUnit.INSTANCE_HOUR,
                "Hours": PriceUnit.INSTANCE_HOUR,
                "Quantity": PriceUnit.TERM,
            }
        ),
        Provider.AZURE: MappingProxyType({"1 Hour": PriceUnit.INSTANCE_HOUR}),
        Provider.GCP: MappingProxyType(
            {"h": PriceUnit.VCPU_HOUR, "GiBy.h": PriceUnit.GIB_HOUR, "GPU.h": PriceUnit.GPU_HOUR}
        ),
    }
)
"""The white list: what the interfaces call the units of compute prices. Anything else means something else, and a row
with it is rejected. Azure says `1 Hour` for reservations as well, whose amount is for the whole term: it is the row's
type that tells. GCP says `h` for vCPUs and for GPUs alike: it is the SKU's resource group that tells, and `GPU.h` is
our own word for the latter."""


def price_unit(provider: Provider, unit: str) -> PriceUnit | None:
    """What the interface's unit means; None where it is not on the white list."""
    return UNITS[provider].get(unit)
