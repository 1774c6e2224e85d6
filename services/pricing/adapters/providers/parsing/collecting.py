"""Gathers what a parser finds into parts of bounded size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from services.pricing.adapters.providers.parsing.frames import Part, Task
from services.pricing.domain.offers import Offer, Provider, Source
from services.pricing.domain.readings import BATCH, Interruption, Rejected, RejectReason

_TEXT = 300
_KINDS = 60
_ROWS = 20_000
"""A part is sent after so many rows even if there is nothing in it: it says how far the reading is."""


class Collector:
    """What is found in one document. Every row ends as an offer, rejected, or counted as out of scope."""

    def __init__(self, provider: Provider, task: Task, send: Callable[[Part], None]) -> None:
        self.task = task
        self._provider = provider
        self._send = send
        self._offers: list[Offer] = []
        self._rejected: list[Rejected] = []
        self._interruptions: list[Interruption] = []
        self._out_of_scope: Counter[str] = Counter()
        self._kinds: set[str] = set()
        self._rows = self._accepted = self._rejections = self._skipped = self._sent_at = 0

    def source(self, effective_from: datetime | None = None, note: str = "") -> Source:
        """Where a figure of this document comes from."""
        return Source(self._provider, self.task.document, self.task.observed_at, effective_from, note)

    def row(self) -> None:
        """A row was read."""
        self._rows += 1
        if self._rows - self._sent_at >= _ROWS:
            self.flush()

    def offer(self, offer: Offer) -> None:
        """A row, or several together, is an offer."""
        self._offers.append(offer)
        self._accepted += 1
        if len(self._offers) >= BATCH:
            self.flush()

    def interruption(self, interruption: Interruption) -> None:
        """A row says how often instances are taken away."""
        self._interruptions.append(interruption)
        self._accepted += 1
        if len(self._interruptions) >= BATCH:
            self.flush()

    def reject(self, row: str, reason: RejectReason, detail: str) -> None:
        """A row is no offer, for a reason that somebody should look at."""
        self._rejected.append(Rejected(self._provider, _short(row), reason, _short(detail), self.task.document))
        self._rejections += 1
        if len(self._rejected) >= BATCH:
            self.flush()

    def skip(self, kind: str) -> None:
        """A row is of a product that the catalogue does not hold."""
        # What a document says may become a kind's name; that it says something else in each row must not fill memory.
        if kind not in self._kinds:
            if len(self._kinds) >= _KINDS:
                kind = "other"
            self._kinds.add(kind)
        self._out_of_scope[_short(kind)] += 1
        self._skipped += 1

    def flush(self) -> None:
        """Send what there is."""
        counts = (self._rows, self._accepted, self._rejections, self._skipped)
        self._send(Part(self._offers, self._rejected, dict(self._out_of_scope), self._interruptions, *counts))
        self._offers, self._rejected, self._interruptions = [], [], []
        self._out_of_scope.clear()
        self._sent_at = self._rows


def _short(text: str) -> str:
    """At most 300 characters, none of them a control character: it is shown to people and written to a database."""
    return "".join(character if character.isprintable() else " " for character in text[:_TEXT])
