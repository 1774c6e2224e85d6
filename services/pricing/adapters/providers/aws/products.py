"""Products of the EC2 price list: what a row's attributes say it is, whatever it costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from services.pricing.adapters.providers.aws.instances import read_instance
from services.pricing.adapters.providers.parsing.verdicts import NoOffer, OutOfScope
from services.pricing.adapters.providers.regions import locate
from services.pricing.domain.offers import (
    Instance,
    Licence,
    OfferKey,
    OperatingSystem,
    Payment,
    Provider,
    Purchase,
    Tenancy,
)
from services.pricing.domain.readings import RejectReason

_T = TypeVar("_T")

_FAMILIES = frozenset({"Compute Instance", "Compute Instance (bare metal)"})
_CAPACITY_OUTSIDE = frozenset({
    "UnusedCapacityReservation", "AllocatedCapacityReservation", "AllocatedHost", "UnusedHost", "NA",
})  # fmt: skip
_TENANCIES = {"Shared": (Tenancy.SHARED, "BoxUsage"), "Dedicated": (Tenancy.DEDICATED, "DedicatedUsage")}
_SYSTEMS = {
    "Linux": OperatingSystem.LINUX,
    "Windows": OperatingSystem.WINDOWS,
    "RHEL": OperatingSystem.RHEL,
    "SUSE": OperatingSystem.SUSE,
    "Ubuntu Pro": OperatingSystem.UBUNTU_PRO,
}
_SYSTEMS_OUTSIDE = frozenset({"Red Hat Enterprise Linux with HA"})
_LICENCES = {"No License required": Licence.INCLUDED, "Bring your own license": Licence.BRING_YOUR_OWN}
_OPERATIONS = {
    "RunInstances": (OperatingSystem.LINUX, Licence.INCLUDED),
    "RunInstances:0002": (OperatingSystem.WINDOWS, Licence.INCLUDED),
    "RunInstances:0800": (OperatingSystem.WINDOWS, Licence.BRING_YOUR_OWN),
    "RunInstances:0010": (OperatingSystem.RHEL, Licence.INCLUDED),
    "RunInstances:000g": (OperatingSystem.SUSE, Licence.INCLUDED),
    "RunInstances:0g00": (OperatingSystem.UBUNTU_PRO, Licence.INCLUDED),
}
"""What is billed under an operation, after "AMI billing information fields" in the EC2 user guide, from general
knowledge: the page was not read again. An operation that is not here is rejected, never guessed."""
_PLACES = frozenset({"AWS Region", "AWS Local Zone", "AWS Wavelength Zone"})


@dataclass(frozen=True, slots=True)
class Product:
    """An instance type in one place with one operating system: everything of an offer but how it is bought."""

    instance: Instance
    region: str
    zone: str
    os: OperatingSystem
    licence: Licence
    tenancy: Tenancy

    def key(
        self, purchase: Purchase, term_months: int = 0, payment: Payment = Payment.NOTHING, plan: str = ""
    ) -> OfferKey:
        """The key of one way to buy it."""
        return OfferKey(
            Provider.AWS, self.region, self.instance.type, purchase, self.os, self.zone, self.licence, self.tenancy,
            term_months, payment, plan,
        )  # fmt: skip


def read_product(column: Callable[[str], str], region: str) -> Product:
    """The product of a row of this region's file. Raises OutOfScope or NoOffer.

    What tells nothing of the price comes first, so that most of the list is passed over at little cost.
    """
    _check_scope(column)
    where, zone = _place(column, region)
    system = column("Operating System")
    if system in _SYSTEMS_OUTSIDE:
        raise OutOfScope(f"operating system {system}")
    os = _known(_SYSTEMS, system, "operating system")
    licence = _known(_LICENCES, column("License Model"), "licence model")
    tenancy, usage = _tenancy(column)
    kind = column("usageType").split(":")[0].rpartition("-")[2]
    if kind != usage:
        raise NoOffer(RejectReason.AMBIGUOUS, f"usage type {column('usageType')!r} for {column('Tenancy')} tenancy")
    operation = column("operation")
    if _OPERATIONS.get(operation) != (os, licence):
        # A Windows row with Linux's price is right if the licence is one's own, and wrong if it is said to be included.
        detail = f"operation {operation!r} is not {system} with licence {licence}"
        raise NoOffer(RejectReason.AMBIGUOUS if operation in _OPERATIONS else RejectReason.UNKNOWN_ATTRIBUTE, detail)
    return Product(read_instance(column), where, zone, os, licence, tenancy)


def _check_scope(column: Callable[[str], str]) -> None:
    family = column("Product Family")
    if family not in _FAMILIES:
        raise OutOfScope(f"product family {family or 'none'}")
    capacity = column("CapacityStatus")
    if capacity != "Used":
        if capacity in _CAPACITY_OUTSIDE:
            raise OutOfScope(f"capacity status {capacity}")
        raise NoOffer(RejectReason.UNKNOWN_ATTRIBUTE, f"capacity status {capacity!r}")
    market = column("MarketOption")
    if market not in ("OnDemand", ""):
        # What a capacity block costs is paid ahead and not in this list: its rows have the licence alone.
        if market == "CapacityBlock":
            raise OutOfScope("capacity block")
        raise NoOffer(RejectReason.UNKNOWN_ATTRIBUTE, f"market option {market!r}")
    software = column("Pre Installed S/W")
    if software not in ("NA", ""):
        raise OutOfScope("software that is installed ahead")


def _tenancy(column: Callable[[str], str]) -> tuple[Tenancy, str]:
    tenancy = column("Tenancy")
    if tenancy == "Host":
        raise OutOfScope("instances on a dedicated host")
    return _known(_TENANCIES, tenancy, "tenancy")


def _place(column: Callable[[str], str], region: str) -> tuple[str, str]:
    """The region and the zone, by code: names of places are for people."""
    kind, code = column("Location Type"), column("Region Code")
    if kind == "AWS Outposts":
        raise OutOfScope("outposts")
    if kind not in _PLACES:
        raise NoOffer(RejectReason.UNKNOWN_ATTRIBUTE, f"location type {kind!r}")
    found, asked = locate(Provider.AWS, code), locate(Provider.AWS, region)
    if found is None or asked is None:
        raise NoOffer(RejectReason.UNKNOWN_REGION, f"region code {code!r}")
    if found[0] != asked[0]:
        raise NoOffer(RejectReason.AMBIGUOUS, f"region code {code!r} in the list of {region}")
    if (kind == "AWS Region") != (not found[1]):
        # Under its parent's code a zone's price would be taken for the parent's.
        raise NoOffer(RejectReason.AMBIGUOUS, f"{kind} with region code {code!r}")
    return found


def _known(table: dict[str, _T], value: str, what: str) -> _T:
    try:
        return table[value]
    except KeyError:
        raise NoOffer(RejectReason.UNKNOWN_ATTRIBUTE, f"{what} {value!r}") from None
