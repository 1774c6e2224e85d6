"""The forms of verbs, so that tables need not list them: folded, as the lexicon has its words.

In the tables `~` before a verb's infinitive stands for all of its forms that ask or tell, `^` for those that tell what
was or is under way: `~comparar` is `compara`, `comparem`, `comparando` and more, `^mudar` is `mudou`, `mudavam`,
`mudando`, `mudado`.
"""

from __future__ import annotations

from typing import Final

_ALL: Final = {
    "ar": "ar a am as o e em es amos emos ou aram ava avam aria ariam aras ara arao ando ado ada ados adas arem",
    "er": "er e em es o a am as emos amos eu eram ia iam eria eriam era erao endo ido ida idos idas erem",
    "ir": "ir e em es o a am as imos amos iu iram ia iam iria iriam ira irao indo ido ida idos idas irem",
}
_TOLD: Final = {
    "ar": "ou aram ava avam ando ado",
    "er": "eu eram ia iam endo ido",
    "ir": "iu iram ia iam indo ido",
}
_HARD: Final = {"c": "qu", "g": "gu"}
"""How a verb in -ar keeps its sound before an e: `indicar`, `indique`."""


def forms(marked: str, *, portuguese: bool) -> tuple[str, ...]:
    """The forms of a verb with its `~` or `^`."""
    told, verb = marked[0] == "^", marked[1:]
    return _portuguese(verb, told=told) if portuguese else _english(verb, told=told)


def _portuguese(verb: str, *, told: bool) -> tuple[str, ...]:
    stem, kind = verb[:-2], verb[-2:]
    endings = (_TOLD if told else _ALL)[kind].split()
    return tuple(dict.fromkeys(_joined(stem, each) if kind == "ar" else stem + each for each in endings))


def _joined(stem: str, ending: str) -> str:
    return stem[:-1] + _HARD[stem[-1]] + ending if ending[0] == "e" and stem[-1] in _HARD else stem + ending


def _english(verb: str, *, told: bool) -> tuple[str, ...]:
    if verb.endswith("e"):
        past, under_way = f"{verb}d", f"{verb[:-1]}ing"
    elif verb.endswith("y") and verb[-2] not in "aeou":
        past, under_way = f"{verb[:-1]}ied", f"{verb}ing"
    elif _doubles(verb):
        past, under_way = f"{verb}{verb[-1]}ed", f"{verb}{verb[-1]}ing"
    else:
        past, under_way = f"{verb}ed", f"{verb}ing"
    if told:
        return past, under_way
    third = f"{verb[:-1]}ies" if past.endswith("ied") else f"{verb}s"
    return verb, third, past, under_way


def _doubles(verb: str) -> bool:
    """Whether its last consonant is written twice: in a verb of one syllable, as in `dropped`."""
    vowels = [one in "aeiouy" for one in verb]
    return sum(vowels) == 1 and vowels[-2] and not vowels[-1] and verb[-1] not in "wx"
