"""What is told beside a question is heard for what it says of machines, and not for what is to be done."""

from __future__ import annotations

from decimal import Decimal

import pytest

from services.pricing.domain.intents import Behaviour, Operation
from services.pricing.domain.offers import Provider, Purchase
from services.pricing.domain.questions import Interpreter
from tests.unit.pricing.questions.vocabulary import VOCABULARY


@pytest.fixture(scope="module")
def interpreter() -> Interpreter:
    return Interpreter(VOCABULARY)


@pytest.mark.parametrize(
    ("text", "operation"),
    [
        ("The price dropped last year, or so they say. What do you recommend for 8 vCPUs?", Operation.RECOMMEND),
        ("Recommend something was what he said. How has the price of m7i.large changed?", Operation.HISTORY),
        ("O preço subiu muito. Qual é a VM mais barata com 4 vCPUs?", Operation.CHEAPEST),
        ("I need a GPU with 24 GB. Could you look into it?", Operation.RECOMMEND),
    ],
)
def test_the_question_says_what_is_to_be_done(interpreter: Interpreter, text: str, operation: Operation) -> None:
    found = interpreter.interpret(text)
    assert (found.operation, found.behaviour) == (operation, Behaviour.ANSWER)


def test_what_was_is_no_time_of_use(interpreter: Interpreter) -> None:
    text = "Last time it was down for 2 days. How much are 3 m7i.large for 100 hours?"
    assert interpreter.interpret(text).hours == 100


def test_amounts_may_stand_in_another_sentence(interpreter: Interpreter) -> None:
    found = interpreter.interpret("We run half a dozen m7i.large, 10 hours a day for 22 days. What will that cost?")
    assert (found.operation, found.quantity, found.hours) == (Operation.ESTIMATE, 6, Decimal(220))


@pytest.mark.parametrize(
    "text",
    [
        "cheapest 8 vcpu vm, GCP is excluded by contract",
        "qual a vm mais barata com 8 vcpus? o google está fora",
        "cheapest vm with 8 vcpus on google? no, wait: GCP is off the table",
    ],
)
def test_what_a_word_behind_it_leaves_out_is_left_out(interpreter: Interpreter, text: str) -> None:
    found = interpreter.interpret(text).constraints
    assert found.without_providers == (Provider.GCP,)
    assert not found.providers


@pytest.mark.parametrize(
    "text",
    [
        "cheapest A100, drop azure",
        "remove Azure and show me the cheapest A100",
        "cheapest A100, remove azure from the list",
        "cheapest A100, with azure removed",
        "discard azure, cheapest A100",
        "exclua a azure: A100 mais barata",
        "A100 mais barata, tira a azure",
        "A100 mais barata, elimina a azure",
    ],
)
def test_who_is_done_away_with_is_left_out(interpreter: Interpreter, text: str) -> None:
    found = interpreter.interpret(text)
    assert (found.operation, found.behaviour) == (Operation.CHEAPEST, Behaviour.ANSWER)
    assert found.constraints.without_providers == (Provider.AZURE,)
    assert not found.constraints.providers


@pytest.mark.parametrize("text", ["delete azure offers", "remove the azure vm", "exclua minha instância na aws"])
def test_what_is_to_be_done_to_machines_or_offers_is_refused(interpreter: Interpreter, text: str) -> None:
    assert interpreter.interpret(text).behaviour is Behaviour.REFUSE


@pytest.mark.parametrize("text", ["did aws drop prices for m5.large?", "will aws drop the m5.large price?"])
def test_a_provider_may_drop_its_prices(interpreter: Interpreter, text: str) -> None:
    found = interpreter.interpret(text)
    assert found.operation is Operation.HISTORY
    assert not found.constraints.without_providers


def test_what_is_left_out_anywhere_is_not_asked_for(interpreter: Interpreter) -> None:
    found = interpreter.interpret("which azure vms have an h100? not spot please, our auditors loathe spot").constraints
    assert found.without_purchases == (Purchase.SPOT,)
    assert not found.purchases
