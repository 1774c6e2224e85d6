"""Misspelled words are read as the known ones that are one slip away."""

from __future__ import annotations

import pytest

from services.pricing.domain.questions.spelling import Spelling

_KNOWN = Spelling(("recommend", "compare", "cheapest", "carro"))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("recommend", ["recommend"]),
        ("recomend", ["recommend"]),
        ("reccomend", ["recommend"]),
        ("reccommennd", ["recommend"]),
        ("comparr", ["compare"]),
        ("comprae", ["compare"]),
        ("chepaest", ["cheapest"]),
        ("caro", ["carro"]),
        ("carrro", ["carro"]),
        ("recond", []),
        ("chaepsett", []),
    ],
)
def test_one_slip_is_mended(said: str, meant: list[str]) -> None:
    assert list(_KNOWN.near(said)) == meant
