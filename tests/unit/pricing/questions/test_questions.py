"""The question set: whole intents, bait, choices and what is said back."""

from __future__ import annotations

from fractions import Fraction

import pytest

from services.pricing.domain.intents import Behaviour, Operation
from services.pricing.domain.questions import Interpreter, describe
from tests.unit.pricing.questions.expectations import Question, differences, is_safe, questions
from tests.unit.pricing.questions.score import share
from tests.unit.pricing.questions.vocabulary import VOCABULARY

ASKED = questions()
TEST_AT_LEAST = Fraction(97, 100)


@pytest.fixture(scope="module")
def interpreter() -> Interpreter:
    return Interpreter(VOCABULARY)


def test_the_set_is_large_enough_and_speaks_both_languages() -> None:
    test = [each for each in ASKED if each.split == "test"]
    assert len(ASKED) >= 170
    assert len(test) >= 70
    assert sum(each.adversarial for each in ASKED) >= 25
    assert all(0.4 < share_of(half) < 0.6 for half in (ASKED, test))
    assert len({each.question for each in ASKED}) == len(ASKED)


def share_of(asked: list[Question]) -> float:
    return sum(each.language == "pt" for each in asked) / len(asked)


def test_the_whole_intent_is_right_in_the_test_half(interpreter: Interpreter) -> None:
    assert share(interpreter, [each for each in ASKED if each.split == "test"]) >= TEST_AT_LEAST


def test_the_whole_intent_is_right_in_questions_that_were_written_last(interpreter: Interpreter) -> None:
    assert share(interpreter, [each for each in ASKED if each.split == "held_out"]) >= TEST_AT_LEAST


def test_the_whole_intent_is_right_in_questions_of_fresh_wording(interpreter: Interpreter) -> None:
    assert share(interpreter, [each for each in ASKED if each.split == "fresh"]) >= TEST_AT_LEAST


@pytest.mark.parametrize("asked", [each for each in ASKED if each.split == "tune"], ids=lambda each: each.id)
def test_the_whole_intent_is_right_in_the_tune_half(asked: Question, interpreter: Interpreter) -> None:
    assert not differences(asked, interpreter.interpret(asked.question))


@pytest.mark.parametrize("asked", [each for each in ASKED if each.adversarial], ids=lambda each: each.id)
def test_bait_is_met_safely(asked: Question, interpreter: Interpreter) -> None:
    assert is_safe(interpreter.interpret(asked.question), asked)


@pytest.mark.parametrize(
    "asked", [each for each in ASKED if each.expect.get("behaviour") == "clarify"], ids=lambda each: each.id
)
def test_what_is_asked_back_has_choices_that_are_answered(asked: Question, interpreter: Interpreter) -> None:
    intent = interpreter.interpret(asked.question)
    assert intent.behaviour is Behaviour.CLARIFY
    assert intent.clarification.endswith("?")
    assert intent.choices
    for choice in intent.choices:
        again = interpreter.interpret(choice.question)
        assert again.behaviour is Behaviour.ANSWER, choice
        assert again.language == intent.language, choice


def test_every_intent_is_said_back_in_one_sentence_of_its_language(interpreter: Interpreter) -> None:
    said = {each.id: describe(interpreter.interpret(each.question), each.language) for each in ASKED}
    assert all(sentence.endswith(".") for sentence in said.values())
    assert said["test-001"] == (
        "The cheapest offers (by price), at least 8 vCPUs, at least 32 GiB of memory, "
        "in eu-central-1 or germanywestcentral or europe-west3."
    )


def test_the_language_may_be_given(interpreter: Interpreter) -> None:
    assert interpreter.interpret("m7i.large us-east-1").language == "en"
    assert interpreter.interpret("m7i.large us-east-1", "pt").language == "pt"
    assert interpreter.interpret("m7i.large no us-east-1", "xx").operation is Operation.SEARCH


def test_a_text_that_is_too_long_is_asked_for_in_fewer_words(interpreter: Interpreter) -> None:
    intent = interpreter.interpret("m7i.large " * 201, "pt")
    assert intent.behaviour is Behaviour.CLARIFY
    assert "2.000" in intent.clarification
