"""From a question's text to its intent: without a language model, and always the same for the same text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from services.pricing.domain.intents import AnswerType, Behaviour, Intent, Operation
from services.pricing.domain.questions.assemble import assemble
from services.pricing.domain.questions.clarify import clarification
from services.pricing.domain.questions.folding import clean
from services.pricing.domain.questions.gazetteer import Gazetteer
from services.pricing.domain.questions.grammar import read
from services.pricing.domain.questions.guard import guard
from services.pricing.domain.questions.lexicon import Lexicon, Sign
from services.pricing.domain.questions.marks import Mark, Marker
from services.pricing.domain.questions.operations import operation_of, subject
from services.pricing.domain.questions.spelling import Spelling

if TYPE_CHECKING:
    from services.pricing.domain.questions.vocabulary import Vocabulary

TEXT_AT_MOST: Final = 2_000
"""Characters of a question."""
_TOO_LONG: Final = (
    "Please ask in at most 2,000 characters.",
    "Por favor, pergunte em no máximo 2.000 caracteres.",
)
_SMALL: Final = frozenset(
    (Sign.OF, Sign.IN, Sign.FOR, Sign.WITH, Sign.THE, Sign.AND, Sign.OR, Sign.POR, Sign.FILLER, Sign.NOT, Sign.DEFINE)
)
"""Small words tell a language more surely than terms, which each has borrowed from the other."""
_PORTUGUESE_LETTERS: Final = frozenset("ãõçáéíóúâêôàÃÕÇÁÉÍÓÚÂÊÔÀ")


class Interpreter:
    """Reads questions against one vocabulary. Immutable once built, safe to share among threads."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        lexicon = Lexicon()
        self._gazetteer = Gazetteer(vocabulary)
        names = (word for word in self._gazetteer.words if len(word) > 4)
        spelling = Spelling({*lexicon.content_words(), *names})
        self._marker = Marker(lexicon, self._gazetteer, spelling)

    def interpret(self, text: str, language: str = "") -> Intent:
        """The intent of a question of at most 2,000 characters.

        `language` is `en` or `pt`; empty finds it out. Never raises: what is no question about the cost of computing
        is refused, what is too long is asked for in fewer words. The work is linear in the text.
        """
        wanted = language if language in ("en", "pt") else ""
        if len(text) > TEXT_AT_MOST:
            spoken = wanted or "en"
            return Intent(
                Operation.SEARCH, Behaviour.CLARIFY, AnswerType.NONE, spoken, clarification=_TOO_LONG[spoken == "pt"]
            )
        cleaned = clean(text)
        guarded = guard(cleaned.text)
        bait = (*cleaned.hidden, *guarded.bait)
        if guarded.criminal:
            marks = self._marker.read(cleaned.text)
            return _refused(wanted or language_of(marks, text), bait or (cleaned.text[:200].strip(),))
        marks = self._marker.read(guarded.fair)
        spoken = wanted or self._language(marks, guarded.fair, cleaned.text)
        return self._fair(guarded.fair, _in_language(marks, spoken), spoken, bait)

    def _language(self, marks: list[Mark], fair: str, whole: str) -> str:
        """The language of the question; where its own words tell none, that of the whole text with its bait."""
        if fair == whole or balance_of(marks, fair):
            return language_of(marks, fair)
        return language_of(self._marker.read(whole), whole)

    def _fair(self, text: str, marks: list[Mark], language: str, bait: tuple[str, ...]) -> Intent:
        reading = read(text, marks, language == "pt")
        operation = operation_of(reading)
        if operation is Operation.REFUSE:
            return _refused(language, bait)
        asked = clarification(operation, reading, text, language == "pt", self._gazetteer)
        if asked is not None and bait and not subject(reading):
            # What is left of a text of bait is no question: nothing is asked back.
            return _refused(language, bait)
        intent = assemble(operation, reading, language, self._gazetteer.gpu_memory)
        if asked is None:
            return replace(intent, behaviour=Behaviour.SAFE_ANSWER, ignored=bait) if bait else intent
        return replace(
            intent,
            behaviour=Behaviour.CLARIFY,
            answer_type=AnswerType.NONE,
            clarification=asked.question,
            choices=asked.choices,
            ignored=bait,
        )


def _refused(language: str, bait: tuple[str, ...]) -> Intent:
    return Intent(Operation.REFUSE, Behaviour.REFUSE, AnswerType.NONE, language, ignored=bait)


def language_of(marks: list[Mark], text: str) -> str:
    """`pt` where more words are Portuguese than English, else `en`."""
    return "pt" if balance_of(marks, text) > 0 else "en"


def balance_of(marks: list[Mark], text: str) -> int:
    """How many more words are Portuguese than English."""
    balance = sum(_leaning(marks, at) * (1 + (mark.sign in _SMALL)) for at, mark in enumerate(marks))
    if not _PORTUGUESE_LETTERS.isdisjoint(text):
        balance += 1
    return balance


def _leaning(marks: list[Mark], at: int) -> int:
    """1 for a Portuguese word, -1 for an English one. `no` before a place is Portuguese for `in the`, as in `m7i.large
    no Brasil`, unless other words say that it is English."""
    mark = marks[at]
    if mark.word == "no" and at + 1 < len(marks) and marks[at + 1].sign in (Sign.REGION, Sign.AREA):
        others = sum((each.language == "pt") - (each.language == "en") for each in marks if each is not mark)
        return 1 if others >= 0 else -1
    return (mark.language == "pt") - (mark.language == "en")


def _in_language(marks: list[Mark], language: str) -> list[Mark]:
    """With the one word that means opposite things: `no` excludes in English and is `in the` in Portuguese."""
    if language != "pt":
        return marks
    return [replace(mark, sign=Sign.IN) if mark.word == "no" and mark.sign is Sign.NOT else mark for mark in marks]
