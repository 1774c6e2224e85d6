"""What a text tells the reader to do, instead of asking: it is found, named and never obeyed.

Nothing here decides what is answered: an intent is made of the question's own words, and figures come from the
catalogue. The guard sees to it that bait is not read as part of a question, and that a text of nothing else is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import Final

from services.pricing.domain.questions.bait import (
    CONTINUED,
    CRIME,
    DESTROYED,
    DESTROYS,
    DICTATES,
    HEADINGS,
    LEET,
    OVERRIDDEN,
    OVERRIDES,
    PHRASES,
    RAW,
    SPEAKERS,
    WORDS,
)
from services.pricing.domain.questions.folding import plain
from services.pricing.domain.questions.tokens import tokenize

_MARKUP: Final = re.compile(
    r"<!--.*?(?:-->|$)|<([a-z]{1,20})\b[^<>]{0,100}>.*?</\1>|</?[a-z|][^<>]{0,100}>|\[inst\].*?(?:\[/inst\]|$)|\[/inst\]|```.*?(?:```|$)"
    r"|\[\s*(?:system|assistant|admin|developer|override|instruction|note to|sistema|assistente|instru)[^\]]*(?:\]|$)"
    r"|\{\{.*?\}\}|\$[{(].*?[)}]|\[\[.*?\]\]",
    re.IGNORECASE | re.DOTALL,
)
"""Markup and templates: no question has them, and what stands within them is addressed to programs."""
_QUOTED: Final = re.compile(
    r"\"([^\"]*)\"|\u201c([^\u201d]*)\u201d|\u00ab([^\u00bb]*)\u00bb|(?<![^\W_])'([^'\n]*)'(?![^\W_])|`([^`]*)`"
)
_CLAUSE: Final = re.compile(r"[^.!?;\n]*(?:[.!?](?![\s]|$)[^.!?;\n]*)*(?:[.!?;\n]+|$)")
"""Up to a mark that ends a sentence: a point within a number or a name (`m7i.large`) does not."""
_JOINT: Final = re.compile(r",\s+|\s+(?:and|then|but|e|mas|depois|tamb\u00e9m)\s+|\s--\s*|:\s+", re.IGNORECASE)
_CODE: Final = re.compile(r"(?=&&|\|\|?\s|['\"]\s*(?:union|or|and|;)\b|\bunion\s+(?:all\s+)?select\b)", re.IGNORECASE)
"""Where code may begin in the midst of a sentence."""
_PRICED: Final = re.compile(
    r"\b(?:costs?|custa|custam)\s+(?:\w+\s+)?(?:(?:us|r)?[$\u20ac\u00a3]\s?\d|(?:0|zero|nothing|nada)\b"
    r"|\d[\d.,]*\s*(?:usd|eur|brl|dollars?|euros?|cents?|reais|real|dolares|dolar|centavos?)\b)"
    r"|\b(?:price|cost|rate|preco|custo|tarifa)\b[^?!]{0,60}\s(?:is|to|at|=|e|vale|para)\s+"
    r"(?:(?:us|r)?[$\u20ac\u00a3]\s?\d|\d[\d.,]*\s*(?:usd|dollars?|reais|dolares)\b|zero\b)"
    r"|\b(?:price|cost|rate|preco|custo|valor)\s?=\s?\d"
)
"""A price that is told, in folded text."""
_OWN: Final = frozenset(
    (
        "my", "our", "we", "i", "current", "currently", "budget", "max", "maximum", "most", "under", "less", "below",
        "limit", "meu", "minha", "nosso", "nossa", "atual", "pago", "orcamento", "maximo", "ate", "menos", "abaixo",
        "limite",
    )
)  # fmt: skip
"""Words of who tells what they pay or may pay."""
_SELECT: Final = re.compile(r"\bselect\b.{1,200}\bfrom\b", re.IGNORECASE | re.DOTALL)
_NAME_AT_MOST: Final = 5
"""Words of a quotation that may be a name."""
_HEADING_AT_MOST: Final = 4
"""Words before a colon that may say who is spoken to."""
_OBJECT_WITHIN: Final = 5
"""Words behind a verb among which what it is done to is found: `delete all of the price table`."""
_FROM: Final = frozenset(("from", "da", "do", "das", "dos", "na", "no"))
"""Behind these stands where something is taken from, and not what is taken."""
_SHOWN_AT_MOST: Final = 200
"""Characters of each part that are shown."""
_PARTS_AT_MOST: Final = 8


def _by_first_word(phrases: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for phrase in phrases:
        found.setdefault(phrase.partition(" ")[0], []).append(phrase)
    return found


# There are hundreds of phrases, and a question has few words: most phrases need not be looked for.
_PHRASES: Final = _by_first_word(PHRASES)
_CRIMES: Final = _by_first_word(CRIME)


@dataclass(frozen=True, slots=True)
class Guarded:
    """A text, taken apart."""

    fair: str
    """What may be a question; what is bait is blank, so that every index is as in the text."""
    bait: tuple[str, ...] = ()
    """The parts that are instructions, code or a wish for secrets; at most eight, each cut at 200 characters."""
    criminal: bool = False
    """It asks for help with a crime: no part of it is answered."""


def guard(text: str) -> Guarded:
    """Parts the question from the bait, in work linear in the text."""
    criminal = _spoken(_CRIMES, _words(text))
    spans = [found.span() for found in _MARKUP.finditer(text)]
    fair = _blank(text, spans)
    quoted = _quoted(fair)
    fair = _blank(fair, quoted)
    spans += quoted
    found = [span for clause in _CLAUSE.finditer(fair) for span in _bait_in(fair, clause.start(), clause.end())]
    spans = sorted(spans + found)
    shown = (" ".join(text[start:end].split())[:_SHOWN_AT_MOST] for start, end in spans)
    return Guarded(_blank(fair, found), tuple(part for part in shown if part)[:_PARTS_AT_MOST], criminal)


def _quoted(text: str) -> list[tuple[int, int]]:
    """The quotations that are bait or whole sentences: others' words are no question, unless they are all."""
    found = [(each.span(), "".join(filter(None, each.groups()))) for each in _QUOTED.finditer(text)]
    if not found:
        return []
    alone = not any(one.isalnum() for one in _blank(text, [span for span, _ in found]))
    return [span for span, said in found if _is_bait(said) or (not alone and len(_words(said)) > _NAME_AT_MOST)]


def _bait_in(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The spans of a clause that are bait: of its parts, those that are, and those that go on in the same vein."""
    if not _is_bait(text[start:end]):
        return []
    joints = [found.end() for found in _JOINT.finditer(text, start, end)]
    code = [found.start() for found in _CODE.finditer(text, start, end)]
    cuts = [start, *sorted({*joints, *code} - {start, end}), end]
    parts = [(first, last) for first, last in pairwise(cuts) if last > first]
    found: list[tuple[int, int]] = []
    for first, last in parts:
        goes_on = bool(found) and found[-1][1] == first and _goes_on(text[first:last])
        if goes_on or _is_bait(text[first:last]):
            found.append((first, last))
    return found or [(start, end)]


def _goes_on(part: str) -> bool:
    words = _words(part)
    return not words or words[0] in CONTINUED or any(word in CONTINUED for word in words[-2:])


def _is_bait(part: str) -> bool:
    lowered = part.lower()
    if any(raw in lowered for raw in RAW) or _SELECT.search(part):
        return True
    words = _words(part)
    known = set(words)
    if not known.isdisjoint(OVERRIDES) and not known.isdisjoint(OVERRIDDEN):
        return True
    if words and words[0] in DICTATES and words[1:2] not in (["in"], ["em"]):
        return True
    if _asserts_price(part, words):
        return True
    if not known.isdisjoint(WORDS) or _speaks(part, words) or _destroys(words):
        return True
    return _spoken(_PHRASES, words)


def _spoken(phrases: Mapping[str, list[str]], words: list[str]) -> bool:
    """Whether one of the phrases is among the words, as a whole."""
    said = f" {' '.join(words)} "
    return any(f" {phrase} " in said for first in phrases.keys() & set(words) for phrase in phrases[first])


def _destroys(words: list[str]) -> bool:
    """Whether something of ours is to be done away with: `delete the table`, and not `drop Azure from the table`."""
    verbs = (at for at, word in enumerate(words) if word in DESTROYS)
    behind = (words[at + 1 : at + 1 + _OBJECT_WITHIN] for at in verbs)
    return any(not DESTROYED.isdisjoint(takewhile(lambda word: word not in _FROM, each)) for each in behind)


def _speaks(part: str, words: list[str]) -> bool:
    """Whether it opens with a speaker, or with who is spoken to: `System: ...`, `[assistant] ...`."""
    behind = part.lstrip(" \n\t[(*#<|").partition(" ")[0][len(words[0]) :][:1] if words else ""
    head = _words(part.partition(":")[0]) if ":" in part else []
    if len(head) <= _HEADING_AT_MOST and not HEADINGS.isdisjoint(head):
        return True
    return bool(words) and words[0] in SPEAKERS and behind in (":", ",", "]", ")", "*", ">", "|") and behind != ""


def _asserts_price(part: str, words: list[str]) -> bool:
    """Whether it says what something costs, instead of asking: prices come from the catalogue, not from questions."""
    if "?" in part or not _PRICED.search(plain(part)):
        return False
    return _OWN.isdisjoint(words)


def _words(part: str) -> list[str]:
    """The folded words; with figures for letters (`1gn0re`) as the letters they stand for."""
    found = [token.fold for token in tokenize(part) if token.is_word]
    if any(one.isdigit() for one in part) and any(one in part for one in "0134"):
        found += [
            word
            for chunk in part.lower().split()
            if (word := chunk.strip(",.;:!?").translate(LEET)) in WORDS | OVERRIDES
        ]
    return found


def _blank(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
