"""What must hold of prices before they are published: rows that break it are held back, with the reason."""

from services.pricing.domain.invariants.check import check
from services.pricing.domain.invariants.reasons import SPOT_ABOVE_ON_DEMAND, Checked, Quarantined, Reason
from services.pricing.domain.invariants.units import UNITS, PriceUnit, price_unit
from services.pricing.domain.invariants.witnesses import Loaded

__all__ = [
    "SPOT_ABOVE_ON_DEMAND",
    "UNITS",
    "Checked",
    "Loaded",
    "PriceUnit",
    "Quarantined",
    "Reason",
    "check",
    "price_unit",
]
