"""Explanations: of a topic that several providers have a note of, each is heard."""

from __future__ import annotations

import pytest

from services.pricing.domain.answers.explaining import _NOTES, arranged, explanation
from services.pricing.domain.knowledge.loading import load_notes
from services.pricing.domain.knowledge.note import Language, Note
from services.pricing.domain.knowledge.passages import Passage
from services.pricing.domain.questions.topics import TOPICS

NOTES = {note.id: note for note in load_notes()}


def passage(note: Note, language: Language = Language.ENGLISH) -> Passage:
    text = note.texts[language]
    return Passage(note.id, text.title, text.body, note.sources, 1.0)


def found(*names: str) -> list[Passage]:
    return [passage(NOTES[name]) for name in names]


def test_something_is_said_of_each_provider_in_one_sentence() -> None:
    passages = arranged("savings-plans", found("savings-plan-azure", "break-even", "savings-plans-aws", "figures"))
    assert [each.note for each in passages] == ["savings-plans-aws", "savings-plan-azure", "break-even"]
    said = explanation("savings-plans", passages)
    assert said.startswith("AWS Savings Plans: Compute and EC2 Instance. With a Savings Plan you commit")
    assert " Azure savings plan for compute. An Azure savings plan is a commitment" in said
    assert "[1]" not in said


def test_one_note_is_told_with_its_whole_first_paragraph() -> None:
    said = explanation("egress", arranged("egress", found("regions-zones", "egress")))
    note = NOTES["egress"].texts[Language.ENGLISH]
    assert said == f"{note.title}. {note.body.strip().split(chr(10) * 2)[0]}"


def test_without_a_note_of_the_topic_the_best_is_told() -> None:
    passages = arranged("spot", found("figures", "vcpu"))
    assert explanation("spot", passages).startswith(NOTES["figures"].texts[Language.ENGLISH].title)


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_every_topic_has_its_notes(topic: str) -> None:
    assert set(_NOTES.get(topic, (topic,))) <= set(NOTES)
