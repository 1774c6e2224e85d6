"""Notes as they are stored to be found: one row for each note in each language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.pricing.domain.knowledge.embedding import SCHEME, Embedder, folded
from services.pricing.domain.knowledge.loading import digest
from services.pricing.domain.knowledge.note import Language, Note, NoteText


@dataclass(frozen=True, slots=True)
class Row:
    """A note in one language."""

    note: Note
    language: Language
    title: str
    topics: str
    body: str
    vector: str
    """As pgvector reads it."""


class Prepared:
    """A collection of notes, its rows and what makes vectors of questions to it."""

    def __init__(self, notes: Sequence[Note]) -> None:
        """Makes the vectors: some milliseconds for each note."""
        self.edition = digest(notes, f"{SCHEME}; {_STORED}")
        self.notes = {note.id: note for note in notes}
        self._embedders = {of: Embedder(_whole(note.texts[of]) for note in notes) for of in Language}
        self.rows = [self._row(note, of) for of in Language for note in notes]

    def vector(self, text: str, language: Language) -> str | None:
        """The text's vector; None where it has nothing in common with any note."""
        vector = self._embedders[language].embed(text)
        return _written(vector.tolist()) if vector.any() else None

    def _row(self, note: Note, language: Language) -> Row:
        text = note.texts[language]
        vector = self._embedders[language].embed(_whole(text))
        return Row(note, language, text.title, text.topics, text.body, _written(vector.tolist()))


_STORED = "words with and without accents, 1"
"""Changes whenever a row would be stored otherwise."""


def both_spellings(text: str) -> str:
    """The text and, where it has accents, the text without them: many people leave them out."""
    plain = folded(text)
    return text if plain == text.casefold() else f"{text} {plain}"


def _whole(text: NoteText) -> str:
    return "\n".join((text.title, text.topics, text.body))


def _written(vector: Sequence[float]) -> str:
    return f"[{','.join(f'{value:.6g}' for value in vector)}]"
