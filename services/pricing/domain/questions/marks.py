"""From tokens to marks: every word with its meaning, before any grammar."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from services.pricing.domain.questions.lexicon import Sign
from services.pricing.domain.questions.lexicon.ordinary import ORDINARY
from services.pricing.domain.questions.names import looks_like_a_type, well_formed
from services.pricing.domain.questions.tokens import Token, tokenize
from services.pricing.domain.questions.vocabulary import InstanceName

if TYPE_CHECKING:
    from services.pricing.domain.questions.gazetteer import Gazetteer, Named
    from services.pricing.domain.questions.lexicon import Lexicon
    from services.pricing.domain.questions.spelling import Spelling

_REGION_SHAPE: Final = re.compile(
    r"(?:us|eu|ap|sa|ca|me|af|il|mx|asia|europe|australia|southamerica|northamerica)-[a-z]+-?\d"
)
_REGION_STARTS: Final = frozenset(
    (
        "us",
        "eu",
        "ap",
        "sa",
        "ca",
        "me",
        "af",
        "il",
        "mx",
        "asia",
        "europe",
        "australia",
        "southamerica",
        "northamerica",
    )
)
_PIECES: Final = 6
"""How many tokens the name of an unknown instance type has at most."""
_SPELL_AT_MOST: Final = 60
"""So many unknown words of a text are looked at for misspellings: more are no question but noise."""
_WORD_AT_LEAST: Final = 5
"""Shorter words have too many neighbours to be corrected, but for those that end a type's name (`m7i.larg`)."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A piece of the text, with what it means."""

    sign: Sign
    value: object
    start: int
    """Index of its first character."""
    end: int
    """Index behind its last character."""
    word: str
    """Folded."""
    language: str = ""
    """The language that it gives away."""


class Marker:
    """Reads texts with one lexicon and one vocabulary."""

    def __init__(self, lexicon: Lexicon, gazetteer: Gazetteer, spelling: Spelling) -> None:
        self._lexicon = lexicon
        self._gazetteer = gazetteer
        self._spelling = spelling
        self._known = lexicon.words | gazetteer.words | ORDINARY

    def read(self, text: str) -> list[Mark]:
        """The marks in order; at each place the longest name or phrase wins, a name where they are equally long."""
        tokens = self._spelled(_without_emphasis(_without_hyphens(tokenize(text))))
        words = [token.fold for token in tokens]
        marks: list[Mark] = []
        at = 0
        while at < len(tokens):
            taken, mark = self._mark(text, tokens, words, at)
            marks.append(mark)
            at += taken
        return marks

    def _spelled(self, tokens: list[Token]) -> list[Token]:
        tried = 0
        for at, token in enumerate(tokens):
            word = token.fold
            if word in self._known or not word.isalpha():
                continue
            in_name = token.glued and at > 0
            if len(word) < _WORD_AT_LEAST - in_name or tried >= _SPELL_AT_MOST:
                continue
            tried += 1
            near = [known for known in self._spelling.near(word) if known[0] == word[0] or known[:2] == word[1::-1]]
            if near:
                tokens[at] = replace(token, fold=min(near, key=lambda known: (abs(len(known) - len(word)), known)))
        return tokens

    def _mark(self, text: str, tokens: list[Token], words: list[str], at: int) -> tuple[int, Mark]:
        token = tokens[at]
        named = self._gazetteer.longest(text, tokens, at) if token.is_word else None
        phrase = self._lexicon.longest(words, at)
        if named is None and token.fold in _REGION_STARTS and (nowhere := self._nowhere(text, tokens, at)):
            return nowhere
        if named is not None and (phrase is None or named[0] >= phrase[0]):
            if named[1].sign is Sign.FAMILY and (found := self._unlisted(text, tokens, at)) and found[0] > named[0]:
                return found
            if named[1].sign is Sign.FAMILY and (found := self._no_size(text, tokens, at, named)):
                return found
            return named[0], self._spanning(text, tokens, at, named[0], named[1].sign, named[1].value)
        if phrase is not None:
            taken, entry = phrase
            mark = self._spanning(text, tokens, at, taken, entry.sign, entry.value)
            return taken, replace(mark, language=entry.language)
        if token.fold[0].isdigit() or (token.fold[0] == "." and len(token.fold) > 1):
            return 1, self._spanning(text, tokens, at, 1, Sign.NUMBER, token.fold)
        return self._unlisted(text, tokens, at) or (
            1,
            self._spanning(text, tokens, at, 1, Sign.UNKNOWN if token.is_word else Sign.COMMA, None),
        )

    def _no_size(self, text: str, tokens: list[Token], at: int, named: tuple[int, Named]) -> tuple[int, Mark] | None:
        """A family with a size that there is not, such as `m7i.huge`: it may be any type of the family."""
        dot = at + named[0]
        if dot + 1 >= len(tokens) or tokens[dot].fold != "." or not (tokens[dot].glued and tokens[dot + 1].glued):
            return None
        types = tuple(each for pair in named[1].value for each in self._gazetteer.family_of(pair))
        taken = named[0] + 2
        return taken, self._spanning(text, tokens, at, taken, Sign.PARTIAL, types)

    def _nowhere(self, text: str, tokens: list[Token], at: int) -> tuple[int, Mark] | None:
        """A code that no region has."""
        shaped = _REGION_SHAPE.match(text.lower(), tokens[at].start)
        if shaped is None:
            return None
        taken = sum(1 for token in tokens[at : at + _PIECES] if token.start < shaped.end())
        meant = self._gazetteer.near_region(shaped.group())
        if meant is not None:
            return taken, self._spanning(text, tokens, at, taken, meant.sign, meant.value)
        return taken, self._spanning(text, tokens, at, taken, Sign.NOWHERE, None)

    def _unlisted(self, text: str, tokens: list[Token], at: int) -> tuple[int, Mark] | None:
        """A name that the catalogue does not have: of a type that there may be, of part of one, or of no region."""
        if not (tokens[at].fold == "standard" or any(one.isdigit() for one in tokens[at].fold)):
            return None
        pieces = _pieces(text, tokens, at)
        for taken, spaced in reversed(pieces):
            for chunk in {spaced, spaced.replace(" ", "_"), spaced.replace(" ", "."), spaced.replace(" ", "-")}:
                made = well_formed(chunk, self._gazetteer.families)
                if made is not None:
                    name = InstanceName(made[0], made[1], "")
                    return taken, self._spanning(text, tokens, at, taken, Sign.TYPE, (name,))
        for taken, chunk in reversed(pieces):
            if " " not in chunk and any(one.isdigit() for one in chunk) and (found := self._perhaps(chunk)):
                return taken, self._spanning(text, tokens, at, taken, *found)
        return None

    def _perhaps(self, chunk: str) -> tuple[Sign, tuple[InstanceName, ...]] | None:
        name = "".join(one for one in chunk if one.isalnum())
        near = self._gazetteer.near(name)
        if len(near) == 1:
            return Sign.TYPE, near
        found = near or (self._gazetteer.beginning_with(name) if len(name) > 1 else ())
        if len(found) == 1:
            return Sign.TYPE, found
        return (Sign.PARTIAL, found) if found or looks_like_a_type(chunk) else None

    @staticmethod
    def _spanning(text: str, tokens: list[Token], at: int, taken: int, sign: Sign, value: object) -> Mark:
        start, end = tokens[at].start, tokens[at + taken - 1].end
        return Mark(sign, value, start, end, tokens[at].fold if taken == 1 else text[start:end].lower())


def _without_hyphens(tokens: list[Token]) -> list[Token]:
    """Without the signs that join words (`on-demand`, `D2s_v5`). Between two numbers a hyphen is a range: it stays."""
    kept = []
    for at, token in enumerate(tokens):
        if token.fold in "-_" and token.glued and at + 1 < len(tokens) and tokens[at + 1].glued:
            before, after = tokens[at - 1].fold, tokens[at + 1].fold
            if not (before.isdigit() and after.isdigit()) and before[:1].isalnum() and after[:1].isalnum():
                continue
        kept.append(token)
    return kept


_INTERROGATIVES: Final = frozenset(
    ("que", "quanto", "quantos", "quantas", "como", "quando", "onde", "quem", "qual", "quais")
)


def _without_emphasis(tokens: list[Token]) -> list[Token]:
    """Portuguese `é que` behind an interrogative changes nothing: `quanto é que custa` is `quanto custa`."""
    folds = [token.fold for token in tokens]
    emphatic = {
        at
        for at in range(1, len(folds) - 1)
        if folds[at] == "e" and folds[at + 1] == "que" and folds[at - 1] in _INTERROGATIVES
    }
    return [token for at, token in enumerate(tokens) if at not in emphatic and at - 1 not in emphatic]


def _pieces(text: str, tokens: list[Token], at: int) -> list[tuple[int, str]]:
    """What a name that starts here may be, ever longer: how many tokens it takes, and how it is written."""
    pieces = []
    written, end = "", tokens[at].start
    for index in range(at, min(len(tokens), at + _PIECES)):
        token = tokens[index]
        gap = text[end : token.start]
        if gap not in ("", " ", "-", "_") or (token.fold == "." and gap) or not (token.is_word or token.fold == "."):
            break
        written += gap + token.fold
        end = token.end
        if token.is_word:
            pieces.append((index - at + 1, written))
    return pieces


def number_of(written: str, decimal_comma: bool) -> Decimal:
    """The value of digits with separators; which of them marks the decimals depends on the language, where both may be.

    With two kinds the last is decimal; one that occurs twice groups thousands. One single separator with three digits
    behind it groups thousands where the language does so, unless a zero stands before it.
    """
    last = max(written.rfind("."), written.rfind(","))
    if last < 0:
        return Decimal(written)
    separator, whole, digits = written[last], written[:last], written[last + 1 :]
    both = "." in written and "," in written
    grouping = "." if decimal_comma else ","
    groups = whole.count(separator) > 0 or (
        not both and separator == grouping and len(digits) == 3 and whole not in ("", "0")
    )
    plain = "".join(one for one in whole if one.isdigit()) or "0"
    return Decimal(plain + digits) if groups else Decimal(f"{plain}.{digits}")
