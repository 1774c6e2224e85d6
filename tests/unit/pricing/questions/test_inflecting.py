"""Verbs are known in all the forms that ask or tell."""

from __future__ import annotations

import pytest

from services.pricing.domain.questions.lexicon.inflecting import forms


@pytest.mark.parametrize(
    ("verb", "some"),
    [
        ("~comparar", {"comparar", "compara", "compare", "comparem", "comparando", "comparava", "compararia"}),
        ("~indicar", {"indica", "indique", "indicaria", "indicamos"}),
        ("~pagar", {"paga", "pague", "pagou"}),
        ("~vender", {"vende", "venda", "vendeu", "vendia"}),
        ("~servir", {"servem", "serviu", "servindo"}),
    ],
)
def test_portuguese_verbs_keep_their_sound(verb: str, some: set[str]) -> None:
    found = forms(verb, portuguese=True)
    assert some <= set(found)
    assert len(set(found)) == len(found)


def test_what_is_told_has_no_present_and_no_infinitive() -> None:
    assert forms("^mudar", portuguese=True) == ("mudou", "mudaram", "mudava", "mudavam", "mudando", "mudado")
    assert forms("^vary", portuguese=False) == ("varied", "varying")


@pytest.mark.parametrize(
    ("verb", "expected"),
    [
        ("~list", ("list", "lists", "listed", "listing")),
        ("~drop", ("drop", "drops", "dropped", "dropping")),
        ("~compare", ("compare", "compares", "compared", "comparing")),
        ("~vary", ("vary", "varies", "varied", "varying")),
        ("~display", ("display", "displays", "displayed", "displaying")),
        ("~explain", ("explain", "explains", "explained", "explaining")),
    ],
)
def test_english_verbs_are_spelled_by_rule(verb: str, expected: tuple[str, ...]) -> None:
    assert forms(verb, portuguese=False) == expected
