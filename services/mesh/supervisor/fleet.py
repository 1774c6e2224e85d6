"""The replicas of one service: which there are, in which zones, of which releases."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections import Counter
from typing import TYPE_CHECKING

from services.mesh.endpoints import Process
from services.mesh.supervisor import errand, processors
from services.mesh.supervisor.replica import Replica, Surroundings
from services.mesh.supervisor.unit import Unit
from services.runtime import affinity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from services.mesh.topology import Service
    from services.mesh.versions.release import Release

# More at once would only slow each other down on a small machine.
_STARTS_AT_ONCE = 4


class Fleet:
    """All replicas of one service. It starts and stops them; where calls go is the directory's business."""

    def __init__(
        self, service: Service, release: Release, around: Surroundings, changed: Callable[[Unit], None]
    ) -> None:
        self.service = service
        self.release = release
        """What new replicas are started from."""
        self.wanted = service.replicas
        """How many replicas the service shall have."""
        self._around = around
        self._tell = changed
        self._replicas: dict[str, tuple[Unit, Replica]] = {}
        self._starting = asyncio.Semaphore(_STARTS_AT_ONCE)
        # A start is seconds of work for a processor: where calls are served meanwhile, half of them stay theirs.
        self._starting_beside = asyncio.Semaphore(max(1, (len(affinity.available()) or os.cpu_count() or 1) // 2))
        self._migrated: set[Release] = set()

    @property
    def units(self) -> list[Unit]:
        """The processes, in the order of their names' numbers."""
        return [self._replicas[name][0] for name in self.names]

    @property
    def names(self) -> list[str]:
        """The replicas' names."""
        return sorted(self._replicas, key=_number)

    def unit(self, name: str) -> Unit:
        """The process of a replica; raises KeyError."""
        return self._replicas[name][0]

    def program(self, name: str) -> Replica:
        """What a replica runs; raises KeyError."""
        return self._replicas[name][1]

    def address(self, name: str) -> tuple[str, int]:
        """Where a replica listens, or will; port 0 before its first start. Raises KeyError."""
        host, _, port = self.unit(name).address.rpartition(":")
        return host, int(port or 0)

    def __contains__(self, name: str) -> bool:
        return name in self._replicas

    async def migrate(self, release: Release) -> bool:
        """Run the release's migrations unless it is done already; whether they ran. Raises StartFailed."""
        if not self.service.migrates or release in self._migrated:
            return False
        await errand.migrate(self.service, release, self._around)
        self._migrated.add(release)
        return True

    async def bootstrap(self) -> None:
        """Let the service make what nobody could get in without, where it does; raises StartFailed."""
        if self.service.bootstraps:
            await errand.bootstrap(self.service, self.release, self._around)

    def add(self, release: Release, zone: str | None = None) -> str:
        """A new replica, not started yet; its name has the lowest free number, its zone, if not told, the fewest."""
        name = next(n for i in itertools.count() if (n := f"{self.service.name}-{i}") not in self._replicas)
        replica = Replica(name, self.service, release, zone or self._emptiest_zone(), self._around)
        self._replicas[name] = Unit(replica, self._around.layout, self._changed), replica
        return name

    async def start(self, name: str) -> None:
        """Start a replica that was added; raises StartFailed, and the replica is gone again then."""
        serving = any(unit.ready for unit in self.units)
        try:
            async with self._starting_beside if serving else self._starting:
                await self.unit(name).start()
        except BaseException:
            await asyncio.shield(self.remove(name))
            raise

    async def start_all(self) -> None:
        """Start as many as are wanted, of the release, all at once; raises StartFailed."""
        async with asyncio.TaskGroup() as group:
            for name in [self.add(self.release) for _ in range(self.wanted)]:
                group.create_task(self.start(name))

    async def stop_all(self) -> None:
        """Stop all of them at once."""
        await asyncio.gather(*(unit.stop() for unit in self.units))

    async def remove(self, name: str) -> None:
        """Drain and stop a replica, and forget it."""
        if name in self._replicas:
            unit = self._replicas[name][0]
            await unit.stop()
            self._replicas.pop(name, None)
            self._changed(unit)

    def surplus(self, count: int) -> list[str]:
        """Which replicas to give up for `count` to remain: from the fullest zones first, the highest numbers first."""
        left = self.names
        given: list[str] = []
        while len(left) > count:
            zones = Counter(self.program(name).zone for name in left)
            victim = max(left, key=lambda name: (zones[self.program(name).zone], _number(name)))
            left.remove(victim)
            given.append(victim)
        return given

    def processes(self) -> list[Process]:
        """What is known of each replica's process."""
        return [_process(unit, replica) for unit, replica in self._replicas.values() if unit.address]

    def _changed(self, unit: Unit) -> None:
        if self._around.settings.pin_replicas:
            processors.share([each.pid for each in self.units if each.ready and each.pid is not None])
        self._tell(unit)

    def _emptiest_zone(self) -> str:
        zones: Sequence[str] = self._around.settings.zone_names
        count = Counter(replica.zone for _, replica in self._replicas.values())
        return min(zones, key=lambda zone: (count[zone], zones.index(zone)))


def _number(name: str) -> int:
    return int(name.rpartition("-")[2])


def _process(unit: Unit, replica: Replica) -> Process:
    host, _, port = unit.address.rpartition(":")
    return Process(
        replica.component, replica.name, host, int(port), unit.pid, unit.ready, replica.release.version, replica.zone
    )
