"""A note: what it says in each language, and where its facts were read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final


class Language(StrEnum):
    """The languages that every note is written in."""

    ENGLISH = "en"
    PORTUGUESE = "pt"


ALL_PROVIDERS: Final = "all"
"""The provider of a note that is about none in particular."""


@dataclass(frozen=True, slots=True)
class NoteSource:
    """Where facts of a note were read."""

    locator: str
    """A URL, or `malha:` and a file of this project for what it decides itself."""
    read_on: date


@dataclass(frozen=True, slots=True)
class NoteText:
    """A note in one language."""

    title: str
    topics: str
    """Words that people use for it, separated by commas."""
    body: str
    """Paragraphs of Markdown, with an empty line between them. `[1]` names the note's first source."""


@dataclass(frozen=True, slots=True)
class Note:
    """One note in all languages."""

    id: str
    provider: str
    """`aws`, `azure`, `gcp` or `ALL_PROVIDERS`."""
    sources: tuple[NoteSource, ...]
    texts: Mapping[Language, NoteText]
