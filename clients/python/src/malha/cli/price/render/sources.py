"""Where the figures of a page come from, numbered as they are met."""

from __future__ import annotations

from typing import TYPE_CHECKING

from malha.cli.price.render.words import day

if TYPE_CHECKING:
    from malha.pricing.v1 import offer_pb2


class Sources:
    """Each source once, with when it was read and since when it holds."""

    def __init__(self, *, wanted: bool) -> None:
        self.wanted = wanted
        self._numbers: dict[str, int] = {}

    def mark(self, *provenances: offer_pb2.Provenance) -> str:
        """The numbers of these sources, `[1]`; empty where nobody wants to see them."""
        if not self.wanted:
            return ""
        numbers = {self._numbers.setdefault(_text(each), len(self._numbers) + 1) for each in provenances if each.source}
        return "".join(f"[{number}]" for number in sorted(numbers))

    def lines(self) -> list[str]:
        """A line for each source."""
        return [f"[{number}] {text}" for text, number in self._numbers.items()]


def _text(provenance: offer_pb2.Provenance) -> str:
    parts = [provenance.source]
    if provenance.HasField("observe_time"):
        parts.append(f"read {day(provenance.observe_time)}")
    if provenance.HasField("effective_time"):
        parts.append(f"in force since {day(provenance.effective_time)}")
    if provenance.note:
        parts.append(provenance.note)
    return ", ".join(parts)
