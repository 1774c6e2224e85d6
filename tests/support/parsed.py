"""What a parser makes of a document, without a process of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from services.pricing.adapters.providers.parsing.collecting import Collector
from services.pricing.adapters.providers.parsing.frames import Done, Part, Task
from services.pricing.domain.offers import Offer, Provider
from services.pricing.domain.readings import Interruption, Rejected

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
URL = "https://prices.example/document"


@dataclass
class Parsed:
    """Everything of a document."""

    offers: list[Offer] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    out_of_scope: Counter[str] = field(default_factory=Counter)
    interruptions: list[Interruption] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    done: Done = field(default_factory=Done)

    def add(self, part: Part) -> None:
        self.parts.append(part)
        self.offers += part.offers
        self.rejected += part.rejected
        self.out_of_scope.update(part.out_of_scope)
        self.interruptions += part.interruptions

    @property
    def prices(self) -> dict[str, str]:
        """The hourly price by the offer's id."""
        return {offer.key.id: f"{offer.hourly.amount:f}" for offer in self.offers}

    @property
    def reasons(self) -> list[str]:
        """Why rows were rejected, in order."""
        return [str(rejected.reason) for rejected in self.rejected]

    @property
    def accounted(self) -> int:
        """How many rows ended somewhere."""
        last = self.parts[-1]
        return last.rows_accepted + last.rows_rejected + last.rows_out_of_scope


def parse(
    parser: Callable[[Task, Collector], Done],
    provider: Provider,
    data: bytes,
    folder: Path,
    *,
    region: str = "",
    regions: tuple[str, ...] = (),
    encoding: str = "",
    largest: int = 1 << 30,
) -> Parsed:
    """The document as this parser reads it. Raises what the parser raises."""
    path = folder / "document"
    path.write_bytes(data)
    task = Task("", str(path), encoding, largest, URL, NOW, region, regions)
    parsed = Parsed()
    collector = Collector(provider, task, parsed.add)
    parsed.done = parser(task, collector)
    collector.flush()
    return parsed
