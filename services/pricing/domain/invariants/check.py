"""The check of a whole load."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from services.pricing.domain.invariants import bands, counts, keys, rows, terms
from services.pricing.domain.invariants.reasons import SPOT_ABOVE_ON_DEMAND, Checked, Quarantined
from services.pricing.domain.invariants.witnesses import witnesses

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

    from services.pricing.domain.invariants.rows import Fault
    from services.pricing.domain.invariants.witnesses import Loaded
    from services.pricing.domain.offers import Offer
    from services.pricing.domain.readings import Coverage

    Outside = Callable[[Sequence[Offer], Sequence[int]], Iterator[tuple[int, Fault]]]


def check(batch: Sequence[Offer], previous: Loaded | None, covered: Iterable[Coverage] = ()) -> Checked:
    """Which offers of a load may be published, which are held back, and whether the load is refused as a whole.

    `previous` is the newest version, None before the first; `covered` says what was read to its end. What was not read
    anew is compared with as it was published, and is itself left alone. The order of the batch makes no difference to
    what is accepted, and what was accepted is accepted again. Time grows with the number of offers, about a second for
    60,000.

    Medians are taken over what is left: a row that is out of a band is taken out, and the rows that it was compared
    with are compared anew, until nothing is out of any band.
    """
    covered = list(covered)
    load = _Load(batch, witnesses(batch, previous, covered))
    load.drop(load.faulty())
    load.merge()
    while load.drop(load.outside()) or load.drop(load.out_of_order()):
        pass
    accepted = load.accepted()
    return Checked(accepted, load.quarantined(), counts.refusal(accepted, previous, covered))


class _Load:
    """A batch on its way through the check: which rows are left, and why others are not. Its witnesses are the rows
    behind its own; they stay."""

    def __init__(self, batch: Sequence[Offer], published: Sequence[Offer]) -> None:
        self._batch = [*batch, *published]
        self._own = len(batch)
        self.left = dict.fromkeys(range(len(self._batch)))
        """The rows that nothing is wrong with so far, in order."""
        self._faults: dict[int, Fault] = {}
        self._groups: dict[tuple[Outside, Hashable], list[int]] | None = None
        self._changed: set[tuple[Outside, Hashable]] = set()
        """The groups that have lost a row since they were looked at."""

    def faulty(self) -> Iterator[tuple[int, Fault]]:
        """The rows that are wrong by themselves."""
        for row in range(self._own):
            found = rows.fault(self._batch[row])
            if found is not None:
                yield row, found

    def merge(self) -> None:
        """Leaves one row for each key; where prices differ, none."""
        own = [row for row in self.left if row < self._own]
        for same in keys.repeated(self._batch, own):
            stays = keys.settled(self._batch, same)
            if stays is None:
                self.drop((row, keys.differing(self._batch, same)) for row in same)
            for row in same:
                if row != stays:
                    self.left.pop(row, None)

    def outside(self) -> dict[int, Fault]:
        """The rows that are out of a band, among groups that have changed; of all groups at first."""
        if self._groups is None:
            self._groups = self._grouped()
            self._changed = set(self._groups)
        found: dict[int, Fault] = {}
        for band in (bands.outside_regions, bands.outside_sizes):
            for group in self._changed:
                if group[0] is band:
                    members = [row for row in self._groups[group] if row in self.left]
                    for row, fault in band(self._batch, members) if members else ():
                        found.setdefault(row, fault)
        self._changed = set()
        return found

    def out_of_order(self) -> Iterator[tuple[int, Fault]]:
        """The rows that cost no less than a shorter commitment or none."""
        return terms.ladders(self._batch, self.left)

    def drop(self, faults: dict[int, Fault] | Iterable[tuple[int, Fault]]) -> bool:
        """Takes rows out, all at once; the first reason given for a row is kept. False where there was none."""
        gone: dict[int, Fault] = {}
        for row, fault in faults.items() if isinstance(faults, dict) else faults:
            if row < self._own:
                gone.setdefault(row, fault)
        self._faults.update(gone)
        for row in gone:
            del self.left[row]
            if self._groups is not None:
                self._changed.update(_groups_of(self._batch[row]))
        return bool(gone)

    def accepted(self) -> list[Offer]:
        """What is left, with the flags that are due."""
        dear = terms.dear_spots(self._batch, self.left)
        return [_flagged(self._batch[row], row in dear) for row in self.left if row < self._own]

    def quarantined(self) -> list[Quarantined]:
        """What was taken out."""
        return [Quarantined(self._batch[row], *fault) for row, fault in sorted(self._faults.items())]

    def _grouped(self) -> dict[tuple[Outside, Hashable], list[int]]:
        groups: dict[tuple[Outside, Hashable], list[int]] = defaultdict(list)
        for row in self.left:
            for group in _groups_of(self._batch[row]):
                groups[group].append(row)
        return groups


def _groups_of(offer: Offer) -> Iterator[tuple[Outside, Hashable]]:
    yield bands.outside_regions, bands.region_group(offer)
    sizes = bands.size_group(offer)
    if sizes is not None:
        yield bands.outside_sizes, sizes


def _flagged(offer: Offer, dear: bool) -> Offer:
    if dear == (SPOT_ABOVE_ON_DEMAND in offer.flags):
        return offer
    others = tuple(flag for flag in offer.flags if flag != SPOT_ABOVE_ON_DEMAND)
    return replace(offer, flags=(*others, SPOT_ABOVE_ON_DEMAND) if dear else others)
