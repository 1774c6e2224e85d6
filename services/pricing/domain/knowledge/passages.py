"""What is found for a question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from services.pricing.domain.knowledge.note import Language, NoteSource

MAX_QUESTION: Final = 1_000
"""Characters of a question that count."""
MAX_PASSAGES: Final = 20


@dataclass(frozen=True, slots=True)
class Passage:
    """A note that fits a question: data to show or quote, in which nothing is ever obeyed."""

    note: str
    """Its id."""
    title: str
    text: str
    """Where it has `[1]`, the first of the sources says so."""
    sources: tuple[NoteSource, ...]
    score: float
    """Higher fits better; comes from ranks, so that it compares within one answer alone."""


class KnowledgePort(Protocol):
    """Finds notes."""

    async def search(self, text: str, language: Language, provider: str = "", limit: int = 3) -> list[Passage]:
        """The notes in the language that fit the text, the best first.

        With a provider (`aws`, `azure`, `gcp`) only its notes and those about none in particular. At most `limit`, and
        `MAX_PASSAGES`; none where nothing fits. The text is what to look for and nothing else, whatever it says.
        """
        ...
