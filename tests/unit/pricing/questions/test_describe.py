"""Places are said by their names, in the language of the question."""

from __future__ import annotations

import pytest

from services.pricing.domain import geography
from services.pricing.domain.questions import Interpreter, describe
from services.pricing.domain.questions.within import within
from tests.unit.pricing.questions.vocabulary import VOCABULARY


@pytest.mark.parametrize(
    ("question", "language", "said"),
    [
        ("m7i.large in Ireland", "en", "in Ireland"),
        ("m7i.large na Irlanda", "pt", "na Irlanda"),
        ("a100 in the US or the UK", "en", "in the United States or in the United Kingdom"),
        ("a100 nos EUA ou no Brasil", "pt", "nos Estados Unidos ou no Brasil"),
        ("m7i.large em us-east-1 ou em Singapura", "pt", "em us-east-1 ou ap-southeast-1"),
    ],
)
def test_areas_are_said_by_their_names(question: str, language: str, said: str) -> None:
    intent = Interpreter(VOCABULARY).interpret(question, language)
    assert f", {said}" in describe(intent, language)


@pytest.mark.parametrize("code", sorted(geography.AREAS))
def test_every_area_has_its_name_behind_in(code: str) -> None:
    area = geography.AREAS[code]
    assert within(code, portuguese=False) in (f"in {area.name}", f"in the {area.name}")
    assert within(code, portuguese=True).partition(" ")[2] == area.name_pt


def test_an_area_that_nobody_knows_is_said_by_its_code() -> None:
    assert (within("mars", portuguese=False), within("mars", portuguese=True)) == ("in mars", "em mars")
