"""Vectors of texts: equal everywhere, nearer for likelier texts, and never a failure."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.pricing.domain.knowledge.embedding import DIMENSIONS, SCHEME, Embedder, folded, similarity
from services.pricing.domain.knowledge.loading import load_notes
from services.pricing.domain.knowledge.note import Language
from tests.unit.pricing.knowledge.questions import QUESTIONS

EMBEDDER = Embedder(
    ["the spot price and its interruption", "a reservation is paid upfront", "egress leaves the region"]
)


def test_a_vector_is_the_same_on_every_machine() -> None:
    """Whoever changes this changes SCHEME, too: stored vectors must be made anew."""
    vector = np.round(EMBEDDER.embed("the price of an interruption"), 4) + 0.0
    found = hashlib.sha256(vector.astype("<f4").tobytes()).hexdigest()[:16]
    assert (SCHEME, found) == ("words and letters, TF-IDF, hashed, 1", "b391d0e1818965b1")


@given(st.text(max_size=300))
def test_any_text_has_a_vector_no_longer_than_one(text: str) -> None:
    vector = EMBEDDER.embed(text)
    assert vector.shape == (DIMENSIONS,)
    assert float(np.linalg.norm(vector)) <= 1 + 1e-5


def test_a_vector_is_as_long_as_the_part_of_the_text_that_is_known() -> None:
    lengths = [np.linalg.norm(EMBEDDER.embed(text)) for text in ("spot price", "spot price xylophone", "xylophone")]
    assert lengths[0] == pytest.approx(1, abs=1e-5)
    assert 0.4 < lengths[1] < 0.9
    assert lengths[2] < 0.3


def test_what_has_nothing_in_common_with_the_collection_has_no_direction() -> None:
    assert not EMBEDDER.embed("xyz 漢字 !?").any()


def test_accents_case_and_typing_errors_cost_little() -> None:
    embedder = Embedder(["reservação de instância", "preço por região", "crédito de CPU"])
    wanted = embedder.embed("reservação de instância")
    assert similarity(embedder.embed("RESERVACAO DE INSTANCIA"), wanted) == pytest.approx(1, abs=1e-5)
    assert similarity(embedder.embed("reservacoes de instancias"), wanted) > 0.4
    assert similarity(embedder.embed("credito de cpu"), wanted) < 0.3


def test_letters_without_accents() -> None:
    assert folded("São Paulo, AÇÃO, ﬁ, Straße") == "sao paulo, acao, fi, strasse"


def test_vectors_alone_find_most_notes() -> None:
    """Most of the 40 questions have their note first: also what is too unlike it to be a neighbour counts here."""
    first = three = 0
    for language in Language:
        notes = {
            note.id: "\n".join((t.title, t.topics, t.body)) for note in load_notes() if (t := note.texts[language])
        }
        providers = {note.id: note.provider for note in load_notes()}
        embedder = Embedder(notes.values())
        vectors = {note: embedder.embed(text) for note, text in notes.items()}
        for _, provider, question, wanted in (asked for asked in QUESTIONS if asked[0] is language):
            of = embedder.embed(question)
            own = [note for note in notes if not provider or providers[note] in (provider, "all")]
            nearest = sorted(own, key=lambda note: -similarity(of, vectors[note]))[:3]
            first += nearest[0] in wanted
            three += not set(wanted).isdisjoint(nearest)
    assert first >= 35
    assert three >= 37
