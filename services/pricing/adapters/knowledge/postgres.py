"""Notes in PostgreSQL: full text search and nearest neighbours, merged by their ranks.

A note's place in each of the two lists counts 1 / (60 + place), and the sums decide: reciprocal rank fusion (Cormack,
Clarke and Büttcher, 2009, who found 60). Scores of words and of angles need not be compared for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncEngine

from services.pricing.adapters.knowledge.prepared import Prepared, Row, both_spellings
from services.pricing.domain.knowledge.note import ALL_PROVIDERS, Language, Note
from services.pricing.domain.knowledge.passages import MAX_PASSAGES, MAX_QUESTION, Passage
from services.runtime.db.transaction import Transaction

_LEAST_SIMILARITY: Final = 0.12
"""A note less like the question than this is no neighbour of it; see docs/adr/0026."""
_FUSION: Final = 60
_KEPT_EDITIONS: Final = 10
"""Replicas of older releases may still run, and find nothing when theirs is gone."""
_CONFIGURATIONS: Final = {Language.ENGLISH: "english", Language.PORTUGUESE: "portuguese"}

_LOCK = sql("SELECT pg_advisory_xact_lock(hashtextextended('malha:pricing:notes', 0))")
_CLAIM = sql("INSERT INTO pricing.note_editions (edition) VALUES (:edition) ON CONFLICT DO NOTHING RETURNING edition")
_FORGET = sql(
    "DELETE FROM pricing.note_editions WHERE edition NOT IN"
    " (SELECT edition FROM pricing.note_editions ORDER BY installed_at DESC, edition LIMIT :kept)"
)
_INSERT = sql(
    "INSERT INTO pricing.notes (edition, language, id, provider, words, vector) VALUES (:edition, :language, :id,"
    " :provider, setweight(to_tsvector(CAST(:configuration AS regconfig), :title), 'A')"
    " || setweight(to_tsvector(CAST(:configuration AS regconfig), :topics), 'B')"
    " || setweight(to_tsvector(CAST(:configuration AS regconfig), :body), 'D'), CAST(:vector AS public.vector))"
)
# The words of a question are joined by "or", since hardly any note has all of them. Its text goes through
# `plainto_tsquery`, so no operator in it has a meaning. `<#>` is the inner product, negated.
_SEARCH = sql(
    """
    WITH asked AS (
        SELECT replace(plainto_tsquery(CAST(:configuration AS regconfig), :text)::text, ' & ', ' | ')::tsquery AS words,
               CAST(:vector AS public.vector) AS vector
    ), own AS (
        SELECT id, words, vector FROM pricing.notes
        WHERE edition = :edition AND language = :language AND (:provider = '' OR provider IN (:provider, :all))
    ), by_words AS (
        SELECT own.id, row_number() OVER (ORDER BY ts_rank(own.words, asked.words, 1) DESC, own.id) AS place
        FROM own, asked WHERE :with_words AND own.words @@ asked.words
    ), by_vector AS (
        SELECT own.id, row_number() OVER (ORDER BY own.vector <#> asked.vector, own.id) AS place
        FROM own, asked WHERE :with_vectors AND own.vector <#> asked.vector <= :farthest
    )
    SELECT id, coalesce(1.0 / (:fusion + by_words.place), 0) + coalesce(1.0 / (:fusion + by_vector.place), 0) AS score
    FROM by_words FULL JOIN by_vector USING (id) ORDER BY score DESC, id LIMIT :limit
    """
)


class PostgresKnowledge:
    """Finds the notes of one edition; see KnowledgePort."""

    def __init__(self, engine: AsyncEngine, notes: Sequence[Note], *, words: bool = True, vectors: bool = True) -> None:
        """Takes some tenths of a second. `words` and `vectors` say which of the two lists count."""
        self._engine = engine
        self._prepared = Prepared(notes)
        self._lists = {"with_words": words, "with_vectors": vectors}

    async def install(self) -> bool:
        """Stores the notes where this edition is not there yet; whether it did.

        Any number of processes may do so at once: one of them does. Raises whatever the driver does when the database
        does not answer.
        """
        edition = self._prepared.edition
        async with Transaction(self._engine) as work:
            await work.connection.execute(_LOCK)
            if await work.connection.scalar(_CLAIM, {"edition": edition}) is None:
                return False
            await work.connection.execute(_INSERT, [_parameters(edition, row) for row in self._prepared.rows])
            await work.connection.execute(_FORGET, {"kept": _KEPT_EDITIONS})
            await work.commit()
        return True

    async def search(self, text: str, language: Language, provider: str = "", limit: int = 3) -> list[Passage]:
        """The notes that fit, in one round trip."""
        asked = text[:MAX_QUESTION].replace("\0", " ").encode("utf-8", "replace").decode()
        vector = self._prepared.vector(asked, language)
        values = {
            "configuration": _CONFIGURATIONS[language],
            "text": both_spellings(asked),
            "vector": vector,
            "edition": self._prepared.edition,
            "language": language.value,
            "provider": provider,
            "all": ALL_PROVIDERS,
            "farthest": -_LEAST_SIMILARITY,
            "fusion": _FUSION,
            "limit": max(0, min(limit, MAX_PASSAGES)),
        }
        async with Transaction(self._engine) as work:
            rows = (await work.connection.execute(_SEARCH, values | self._lists)).all()
        return [self._passage(row.id, language, float(row.score)) for row in rows]

    def _passage(self, note_id: str, language: Language, score: float) -> Passage:
        note = self._prepared.notes[note_id]
        text = note.texts[language]
        return Passage(note.id, text.title, text.body, note.sources, score)


def _parameters(edition: str, row: Row) -> dict[str, object]:
    return {
        "edition": edition,
        "language": row.language.value,
        "configuration": _CONFIGURATIONS[row.language],
        "id": row.note.id,
        "provider": row.note.provider,
        "title": both_spellings(row.title),
        "topics": both_spellings(row.topics),
        "body": both_spellings(row.body),
        "vector": row.vector,
    }
