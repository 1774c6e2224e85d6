"""The notes that this service brings along."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import msgspec

from services.pricing.domain.knowledge.note import Note
from services.pricing.domain.knowledge.parsing import parse_note


@cache
def load_notes() -> tuple[Note, ...]:
    """All notes, in the order of their ids.

    Raises:
        NoteInvalid: one of them breaks a rule of `parse_note`.
    """
    folder = files("services.pricing.domain.knowledge") / "notes"
    found = sorted((file for file in folder.iterdir() if file.name.endswith(".md")), key=lambda file: file.name)
    return tuple(parse_note(file.name.removesuffix(".md"), file.read_text("utf-8")) for file in found)


def digest(notes: Sequence[Note], scheme: str) -> str:
    """What changes when a note does, or `scheme`: how they are prepared for being found."""
    return hashlib.sha256(msgspec.json.encode((scheme, list(notes)), order="sorted")).hexdigest()
