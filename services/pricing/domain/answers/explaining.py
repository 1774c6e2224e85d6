"""What is said to a question for an explanation: the topic's own notes come first, and each provider's is heard."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.pricing.domain.knowledge.passages import Passage

PASSAGES_AT_MOST: Final = 3
"""Notes that are shown; of a topic that more providers have a note of, all of those."""
LOOKED_AT: Final = 8
"""Notes that are looked through for those of the topic."""
_NOTES: Final = {
    "spot": ("spot-aws", "spot-azure", "spot-gcp"),
    "reserved-instances": ("reserved-aws", "reservations-azure", "committed-use-gcp"),
    "savings-plans": ("savings-plans-aws", "savings-plan-azure"),
    "committed-use": ("committed-use-gcp",),
    "sustained-use": ("sustained-use-gcp",),
    "low-priority": ("low-priority-azure",),
    "capacity-blocks": ("capacity-blocks-aws",),
}
"""The notes of a topic that are not called as it is, in the order in which they are told."""
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+(?=[A-ZÀ-Ý0-9])")
_REFERENCE: Final = re.compile(r"\s*\[\d+\]")


def arranged(topic: str, passages: Sequence[Passage]) -> list[Passage]:
    """The topic's notes in their order, then what else fits, the best first."""
    order = _NOTES.get(topic, (topic,))
    own = sorted((each for each in passages if each.note in order), key=lambda each: order.index(each.note))
    others = [each for each in passages if each.note not in order]
    return [*own, *others[: max(PASSAGES_AT_MOST - len(own), 0)]]


def explanation(topic: str, passages: Sequence[Passage]) -> str:
    """The first paragraph of the first of `arranged` passages; of several notes of the topic, the first sentence of
    each, without the numbers of sources, which are each note's own."""
    order = _NOTES.get(topic, (topic,))
    own = [each for each in passages if each.note in order]
    if len(own) < 2:
        return f"{passages[0].title}. {_paragraph(passages[0])}"
    return " ".join(f"{each.title}. {_REFERENCE.sub('', _SENTENCE.split(_paragraph(each))[0])}" for each in own)


def _paragraph(passage: Passage) -> str:
    return passage.text.strip().partition("\n\n")[0]
