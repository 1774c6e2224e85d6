"""Notes are whole, in both languages, and tell no figure without a source."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from services.pricing.domain.knowledge.loading import digest, load_notes
from services.pricing.domain.knowledge.note import ALL_PROVIDERS, Language, NoteSource
from services.pricing.domain.knowledge.parsing import MAX_BODY, NoteInvalid, parse_note
from tests.unit.pricing.knowledge.questions import QUESTIONS

ROOT = Path(__file__).parents[4]

NOTE = """---
id: egress
provider: all
topics.en: egress, traffic
topics.pt: saída de dados
title.en: What leaves
title.pt: O que sai
sources:
- https://example.com/prices read 2026-11-21
- malha:pyproject.toml read 2026-11-20
---
## en
The first 100 GB are free [1]. An H100 or `m7i.2xlarge`
is not.

The rest is ours [2].
## pt
Os primeiros 100 GB são gratuitos [1]. O resto é nosso [2].
"""


def test_a_note_is_read_with_its_sources_and_paragraphs() -> None:
    note = parse_note("egress", NOTE)
    assert (note.id, note.provider) == ("egress", ALL_PROVIDERS)
    assert note.sources[0] == NoteSource("https://example.com/prices", date(2026, 11, 21))
    english = note.texts[Language.ENGLISH]
    assert english.title == "What leaves"
    assert english.body == ("The first 100 GB are free [1]. An H100 or `m7i.2xlarge` is not.\n\nThe rest is ours [2].")
    assert note.texts[Language.PORTUGUESE].topics == "saída de dados"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("id: egress", "id: ingress", "not the name of its file"),
        ("provider: all", "provider: oracle", "unknown provider"),
        ("title.pt: O que sai\n", "", "has not exactly"),
        ("topics.en: egress, traffic", "topics.en: ", "has not exactly"),
        ("https://example.com", "http://example.com", "each source"),
        ("read 2026-11-20", "", "each source"),
        ("## pt\n", "## es\n", "sections"),
        ("free [1].", "free.", "cites"),
        ("free [1].", "free. So is the 1 GB beyond [1].", "no source for 100"),
        ("gratuitos [1].", "gratuitos [3].", "cites"),
        ("The rest is ours [2].", "The rest is ours.", "cites"),
        ("The rest is ours [2].", f"The rest is ours [2]. {'And so on. ' * MAX_BODY}", "characters"),
        ("---\n## en", "## en", "no header"),
    ],
)
def test_an_incomplete_note_is_refused(old: str, new: str, why: str) -> None:
    assert old in NOTE
    with pytest.raises(NoteInvalid, match=why):
        parse_note("egress", NOTE.replace(old, new))


@pytest.mark.parametrize("figure", ["2 minutes", "30%", "0.09 USD", "2025-09-30", "1/6", "730 h"])
def test_a_figure_needs_a_source(figure: str) -> None:
    with pytest.raises(NoteInvalid, match="no source for"):
        parse_note("egress", NOTE.replace("The rest is ours [2].", f"The rest is {figure}. It is ours [2]."))


@pytest.mark.parametrize("name", ["A100", "x86", "N+1", "`8760`", "p5e", "t3.micro"])
def test_a_name_with_digits_is_no_figure(name: str) -> None:
    assert parse_note("egress", NOTE.replace("The rest is ours [2].", f"The rest is {name}. It is ours [2]."))


def test_all_notes_can_be_installed() -> None:
    notes = load_notes()
    assert len(notes) >= 20
    for note in notes:
        assert set(note.texts) == set(Language)
        for source in note.sources:
            kind, _, place = source.locator.partition(":")
            assert kind == "https" or (ROOT / place).is_file(), source


def test_the_test_questions_ask_for_notes_that_exist() -> None:
    ids = {note.id for note in load_notes()}
    assert len(QUESTIONS) == 40
    assert {wanted for *_, notes in QUESTIONS for wanted in notes} <= ids


def test_the_digest_changes_with_a_note_and_with_the_scheme() -> None:
    notes = load_notes()
    assert digest(notes, "1") == digest(list(notes), "1")
    assert len({digest(notes, "1"), digest(notes[1:], "1"), digest(notes, "2")}) == 3
