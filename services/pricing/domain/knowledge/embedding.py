"""Vectors of texts, made by arithmetic alone: equal on every machine, and without a model to download.

A text's features are its words and, of each longer word, the runs of `_GRAM` letters; so a typing error or another
ending keeps most of them. Each counts 1 + ln(times in the text), times its inverse document frequency
ln((1 + texts) / (1 + texts that have it)) + 1, as in smoothed TF-IDF. The weighted features are projected to
`DIMENSIONS` by a sparse random matrix that is never stored: the digest of a feature says which few of the dimensions it
changes, and in which direction (feature hashing, Weinberger et al., 2009, with several places for each feature).
"""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

DIMENSIONS: Final = 256
SCHEME: Final = "words and letters, TF-IDF, hashed, 1"
"""Changes whenever a text would get another vector."""

_GRAM = 4
_PLACES = 8
"""Dimensions that one feature changes: with more of them two features are alike by chance more often, and less so."""
_GRAM_WEIGHT = 0.5
_WORD = re.compile(r"[^\W_]+(?:[+-][^\W_]+)*")


def folded(text: str) -> str:
    """Small letters without accents."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


class Embedder:
    """Makes vectors with the document frequencies of one collection of texts; immutable, so threads may share it."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Learns from the texts which features are rare."""
        features = [set(_counts(text)) for text in texts]
        having = Counter(feature for each in features for feature in each)
        self._weights = {feature: _rarity(len(features), times) for feature, times in having.items()}
        self._unknown = _rarity(len(features), 0)

    def embed(self, text: str) -> NDArray[np.float32]:
        """A vector as long as the known part of the text is large: 1 for texts of the collection, 0 for a text that has
        nothing in common with them."""
        vector = np.zeros(DIMENSIONS, dtype=np.float64)
        known = whole = 0.0
        for feature, times in _counts(text).items():
            rarity = self._weights.get(feature)
            scale = 1.0 if feature.startswith("=") else _GRAM_WEIGHT
            weight = scale * (1 + math.log(times)) * (self._unknown if rarity is None else rarity)
            whole += weight**2
            if rarity is not None:
                known += weight**2
                places, signs = _projection(feature)
                vector[places] += signs * weight
        length = float(np.linalg.norm(vector))
        return (vector * (math.sqrt(known / whole) / length) if length else vector).astype(np.float32)


def similarity(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """The inner product of two vectors of an embedder: 1 for equal texts, about 0 for unlike ones."""
    return float(np.dot(one, other))


def _rarity(texts: int, having: int) -> float:
    return math.log((1 + texts) / (1 + having)) + 1


def _counts(text: str) -> Counter[str]:
    return Counter(feature for word in _WORD.findall(folded(text)) for feature in _features(word))


def _features(word: str) -> list[str]:
    padded = f"^{word}$"
    grams = [padded[start : start + _GRAM] for start in range(len(padded) - _GRAM + 1)] if len(word) > _GRAM else []
    return [f"={word}", *grams]


@lru_cache(maxsize=65_536)
def _projection(feature: str) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Distinct dimensions, and 1 or -1 for each, from the feature's digest."""
    digest = hashlib.blake2b(feature.encode(), digest_size=2 * 2 * _PLACES).digest()
    signs: dict[int, float] = {}
    for start in range(0, len(digest), 2):
        place, sign = digest[start] % DIMENSIONS, 1.0 if digest[start + 1] & 1 else -1.0
        if len(signs) < _PLACES:
            signs.setdefault(place, sign)
    return np.fromiter(signs, dtype=np.intp), np.fromiter(signs.values(), dtype=np.float64)
