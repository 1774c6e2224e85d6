"""The vocabulary's names as they are looked up in a text: the longest run of tokens that together are one."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from services.pricing.domain.offers import Provider
from services.pricing.domain.questions.aliases import AREA_ALIASES, BEHIND_IN, OTHER_GPUS, REGION_ALIASES, UPPER_ONLY
from services.pricing.domain.questions.lexicon import Sign
from services.pricing.domain.questions.names import AWS_FAMILIES, key, type_keys
from services.pricing.domain.questions.spelling import Spelling
from services.pricing.domain.questions.tokens import tokenize
from services.pricing.domain.questions.vocabulary import GpuName, RegionName

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.pricing.domain.questions.tokens import Token
    from services.pricing.domain.questions.vocabulary import InstanceName, Vocabulary

_LONGEST: Final = 12
"""How many tokens a name has at most."""
_TESLA: Final = ("t4", "v100", "p100", "k80", "m60")
SHORT: Final = UPPER_ONLY | BEHIND_IN
_PLACES: Final = frozenset(
    ("in", "em", "de", "across", "within", "na", "no", "nos", "not", "except", "excluding", "outside")
)
_WHO_USES: Final = frozenset(
    ("ninguem", "que", "se", "gente", "ele", "ela", "time", "equipe", "empresa", "nao", "voce", "vc", "quem")
)
_NVL: Final = 94 * 1024
"""The memory that tells an H100 NVL from other H100s, in MiB."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a key names."""

    sign: Sign
    value: tuple[object, ...]


class Gazetteer:
    """All names by key. Immutable once built."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._named: dict[str, Named] = {}
        self._instances: dict[str, list[InstanceName]] = defaultdict(list)
        self._add_types(vocabulary)
        self._add_families(vocabulary)
        self._add_gpus(vocabulary)
        self._add_places(vocabulary)
        self._prefixes = frozenset(name[:end] for name in self._named for end in range(1, len(name) + 1))
        self._types = sorted(self._instances)
        self._spelling = Spelling(self._types)
        self._region_spelling = Spelling(key(each.code) for each in vocabulary.regions)
        self.families: Final = frozenset(each.family for each in vocabulary.instances if each.provider is Provider.AWS)
        self.words: Final = self._words(vocabulary)
        """The words that names are made of."""
        self.gpu_memory: Final = {each.model: each.memory_mib for each in vocabulary.gpus}
        """The sizes of memory of each GPU model, in MiB."""

    def longest(self, text: str, tokens: list[Token], start: int) -> tuple[int, Named] | None:
        """How many tokens from `start` on the longest name there takes, and what it names; None where there is none."""
        name = ""
        end = tokens[start].start
        best: tuple[int, Named] | None = None
        for at in range(start, min(len(tokens), start + _LONGEST)):
            token = tokens[at]
            if not _joins(text, name, end, token):
                break
            end = token.end
            if token.fold == ".":
                continue
            name += token.fold
            if name not in self._prefixes:
                break
            named = self._named.get(name)
            if named is not None and _counts(name, text, tokens, start):
                best = at - start + 1, self._as_written(named, text[tokens[start].start : end])
        return best

    def beginning_with(self, name: str) -> tuple[InstanceName, ...]:
        """The types whose key begins so, at most six."""
        first = bisect_left(self._types, name)
        keys = (each for each in self._types[first : first + 12] if each.startswith(name))
        return self._of(keys)[:6]

    def near(self, name: str) -> tuple[InstanceName, ...]:
        """The types whose key is one letter away; digits tell one type from another and must be the same."""
        digits = _digits(name)
        return self._of(each for each in self._spelling.near(name) if _digits(each) == digits)[:6]

    def near_region(self, code: str) -> Named | None:
        """The one region whose code is one slip away and has the same digits; None where there is none, or several."""
        name = key(code)
        near = [each for each in self._region_spelling.near(name) if _digits(each) == _digits(name)]
        return self._named[near[0]] if len(near) == 1 else None

    def family_of(self, pair: object) -> tuple[InstanceName, ...]:
        """The types of a family, given as the value of its name: a provider and the family."""
        return tuple(each for each in self._of(self._types) if (each.provider, each.family) == pair)

    def example(self, provider: Provider | None = None) -> str:
        """A type to ask about; empty in an empty catalogue."""
        found = (each for each in self._of(self._types) if provider in (None, each.provider))
        return min((each.type for each in found), key=lambda name: (len(name), name), default="")

    def _of(self, keys: Iterable[str]) -> tuple[InstanceName, ...]:
        return tuple(dict.fromkeys(each for name in keys for each in self._instances[name]))

    @staticmethod
    def _as_written(named: Named, written: str) -> Named:
        """Of regions whose codes differ in their hyphens only (`us-west-2`, `us-west2`), the one that is meant."""
        if named.sign is Sign.REGION and len(named.value) > 1:
            exact = tuple(each for each in named.value if isinstance(each, RegionName) and each.code == written.lower())
            return replace(named, value=exact) if exact else named
        return named

    def _add(self, name: str, sign: Sign, *values: object) -> None:
        known = self._named.get(name)
        if name and known is None:
            self._named[name] = Named(sign, tuple(dict.fromkeys(values)))
        elif known is not None and known.sign is sign and sign is not Sign.AREA:
            self._named[name] = Named(sign, tuple(dict.fromkeys((*known.value, *values))))

    def _add_types(self, vocabulary: Vocabulary) -> None:
        for each in vocabulary.instances:
            for name in type_keys(each.provider, each.type):
                self._add(name, Sign.TYPE, each)
                self._instances[name].append(each)

    def _add_families(self, vocabulary: Vocabulary) -> None:
        for each in vocabulary.instances:
            series = each.family.split("-")[0] if each.provider is Provider.GCP else each.family
            for name in {key(each.family), key(series)}:
                if any(one.isdigit() for one in name):
                    self._add(name, Sign.FAMILY, (each.provider, each.family))
        for family in AWS_FAMILIES:
            if len(family) > 2 and key(family) not in self._named:
                self._add(key(family), Sign.FAMILY, (Provider.AWS, family))

    def _add_gpus(self, vocabulary: Vocabulary) -> None:
        variants: dict[str, list[GpuName]] = defaultdict(list)
        for gpu in vocabulary.gpus:
            variants[key(gpu.model.split("-")[0])].append(gpu)
        for base, gpus in variants.items():
            self._add(base, Sign.GPU_MODEL, *gpus)
            for gpu in gpus:
                self._add(key(gpu.model), Sign.GPU_MODEL, gpu)
                if _NVL in gpu.memory_mib:
                    self._add(f"{base}nvl", Sign.GPU_MODEL, GpuName(gpu.model, (_NVL,)))
        for base, gpus in variants.items():
            if f"{base}s" not in self._named:
                self._add(f"{base}s", Sign.GPU_MODEL, *gpus)
        for name, model in OTHER_GPUS.items():
            if name not in self._named:
                self._add(name, Sign.GPU_MODEL, GpuName(model))
        for name in _TESLA:
            if name in self._named:
                self._add(f"tesla{name}", Sign.GPU_MODEL, *self._named[name].value)

    def _add_places(self, vocabulary: Vocabulary) -> None:
        known = {(each.provider, each.code): each for each in vocabulary.regions}
        for region in vocabulary.regions:
            self._add(key(region.code), Sign.REGION, region)
        for area in vocabulary.areas:
            for name in (*map(key, area.names), *AREA_ALIASES.get(area.code, "").split(",")):
                self._add(name, Sign.AREA, area)
        for region in vocabulary.regions:
            for name in region.names:
                self._add(key(name), Sign.REGION, region)
        for name, codes in REGION_ALIASES.items():
            for provider, code in codes:
                if (Provider(provider), code) in known:
                    self._add(name, Sign.REGION, known[Provider(provider), code])

    @staticmethod
    def _words(vocabulary: Vocabulary) -> frozenset[str]:
        names = [each.type for each in vocabulary.instances]
        names += [name for region in vocabulary.regions for name in region.names]
        names += [name for area in vocabulary.areas for name in area.names]
        names += [each.code for each in vocabulary.regions]
        sizes = "nano micro small medium large xlarge metal standard highmem highcpu highgpu ultragpu megamem tesla"
        return frozenset(token.fold for name in (*names, sizes) for token in tokenize(name) if token.fold.isalpha())


def _joins(text: str, name: str, end: int, token: Token) -> bool:
    """Whether the token may go on with a name that ends at `end`."""
    if not name:
        return token.is_word
    gap = text[end : token.start]
    if token.fold == ".":
        return not gap
    if not token.is_word or gap not in ("", " ", "-", "_"):
        return False
    # `a 3-year term` is no a3, and `n2-standard-4 8 hours` no n2-standard-48.
    return gap != " " or not (len(name) == 1 or (name[-1].isdigit() and token.fold[0].isdigit()))


def _counts(name: str, text: str, tokens: list[Token], at: int) -> bool:
    """Whether a word that has another sense is the name here."""
    if name == "usa" and tokens[at].fold == "usa":
        # Portuguese for `uses`.
        return at == 0 or tokens[at - 1].fold not in _WHO_USES or text[tokens[at].start : tokens[at].end].isupper()
    return name not in SHORT or _is_place(text, tokens, at)


def _is_place(text: str, tokens: list[Token], at: int) -> bool:
    """Whether two letters stand for a place and not for a pronoun: in capitals, or `in us` with nothing joined on."""
    if text[tokens[at].start : tokens[at].end].isupper() and tokens[at].fold not in BEHIND_IN:
        return True
    behind = tokens[at + 1].fold if at + 1 < len(tokens) else "."
    if at > 0 and tokens[at - 1].fold == "," and not behind.isalnum():
        return True  # `..., 8 vcpus, eu`
    joined = at + 1 < len(tokens) and tokens[at + 1].glued and tokens[at + 1].is_word
    return at > 0 and tokens[at - 1].fold in _PLACES and not joined


def _digits(name: str) -> str:
    return "".join(one for one in name if one.isdigit())
