"""The spot advisor's document: how often spot instances were taken away in the last month, as bands."""

from __future__ import annotations

import msgspec

from services.pricing.adapters.providers.parsing.collecting import Collector
from services.pricing.adapters.providers.parsing.documents import decode_page
from services.pricing.adapters.providers.parsing.frames import Done, Task
from services.pricing.adapters.providers.regions import is_region
from services.pricing.domain.offers import OperatingSystem, Provider
from services.pricing.domain.readings import Interruption, RejectReason

_SYSTEMS = {"Linux": OperatingSystem.LINUX, "Windows": OperatingSystem.WINDOWS}


class _Band(msgspec.Struct):
    index: int
    max: int


class _Advice(msgspec.Struct):
    band: int = msgspec.field(name="r")


class _Advisor(msgspec.Struct):
    ranges: list[_Band]
    spot_advisor: dict[str, dict[str, dict[str, _Advice]]]


_DECODER = msgspec.json.Decoder(_Advisor)


def read_advisor(task: Task, collector: Collector) -> Done:
    """The bands of every region that is asked for."""
    advisor = decode_page(task, _DECODER, "spot advisor")
    bands = _bands(advisor.ranges)
    for region, systems in advisor.spot_advisor.items():
        if task.regions and region not in task.regions:
            collector.skip("regions that are not asked for")
        elif not is_region(Provider.AWS, region):
            collector.reject(region, RejectReason.UNKNOWN_REGION, f"region {region!r}")
        else:
            _read_region(region, systems, bands, collector)
    return Done()


def _read_region(
    region: str,
    systems: dict[str, dict[str, _Advice]],
    bands: dict[int, tuple[int, int]],
    collector: Collector,
) -> None:
    for system, types in systems.items():
        os = _SYSTEMS.get(system)
        for name, advice in types.items():
            collector.row()
            label = f"{region} {system} {name}"
            if os is None:
                collector.reject(label, RejectReason.UNKNOWN_ATTRIBUTE, f"operating system {system!r}")
            elif advice.band not in bands:
                collector.reject(label, RejectReason.UNKNOWN_ATTRIBUTE, f"band {advice.band}")
            else:
                low, high = bands[advice.band]
                source = collector.source()
                collector.interruption(Interruption(Provider.AWS, region, name, os, low, high, source))


def _bands(ranges: list[_Band]) -> dict[int, tuple[int, int]]:
    """From and to of each band in percent: each begins where the one before ends."""
    bands, low = {}, 0
    for band in sorted(ranges, key=lambda band: band.max):
        bands[band.index] = low, min(band.max, 100)
        low = band.max
    return bands
