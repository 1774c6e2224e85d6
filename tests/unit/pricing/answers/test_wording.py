"""Answers count rightly, in both languages."""

from __future__ import annotations

import pytest

from services.pricing.domain.answers import wording
from services.pricing.domain.answers.events import OffersShown
from tests.unit.pricing.advice.offers import catalogue, offer

RESERVED = "aws us-east-1 m7i.large 2/8 reserved 0.06"


@pytest.mark.parametrize(
    ("months", "language", "said"),
    [
        (12, "en", "m7i.large in us-east-1, reserved for 1 year"),
        (12, "pt", "m7i.large em us-east-1, reservada por 1 ano"),
        (36, "en", "m7i.large in us-east-1, reserved for 3 years"),
        (36, "pt", "m7i.large em us-east-1, reservada por 3 anos"),
    ],
)
def test_a_term_is_said_in_years(months: int, language: str, said: str) -> None:
    assert wording.offer(offer(f"{RESERVED} {months}"), language) == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "m7i.large in us-east-1, on demand costs US$ 0.10 an hour."),
        ("pt", "m7i.large em us-east-1, sob demanda custa US$ 0,10 por hora."),
    ],
)
def test_the_only_offer_is_not_counted(language: str, said: str) -> None:
    index = catalogue(["aws us-east-1 m7i.large 2/8 on_demand 0.1"])
    shown = OffersShown([index.offer(0)], 1, index.version)
    assert wording.offers(shown, language, cheapest=True) == said
