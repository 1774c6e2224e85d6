"""All models with prices of tokens, and how one of them is found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.pricing.domain.token_prices import TokenModel, TokenPrice, TokenSource
from services.runtime.exceptions import DomainError

MAX_TEXT: Final = 200
"""Characters of a search."""
MAX_RESULTS: Final = 100
_EXACT, _BEGINS, _INSIDE = range(3)


class TokenModelNotFound(DomainError):
    """The catalogue has no such model of such a provider."""

    def __init__(self, provider: str, model: str) -> None:
        super().__init__(f"{provider}/{model}")
        self.provider = provider
        self.model = model


@dataclass(frozen=True, slots=True)
class TokenProvider:
    """Who sells models by the token."""

    id: str
    name: str
    models: int


class TokenCatalogue:
    """The models of all providers; immutable, so threads may share it."""

    def __init__(self, models: Iterable[TokenModel], source: TokenSource) -> None:
        """Keeps the models in the order of provider and id. `source` is that of the whole, without pages."""
        self._models = sorted(models, key=lambda model: (model.provider, model.id))
        self._by_name = {(model.provider, model.id.casefold()): model for model in self._models}
        self._texts = [_text(model) for model in self._models]
        self.source = source

    def __len__(self) -> int:
        return len(self._models)

    def providers(self) -> list[TokenProvider]:
        """In the order of their ids."""
        names = {model.provider: model.provider_name for model in self._models}
        counts = dict.fromkeys(names, 0)
        for model in self._models:
            counts[model.provider] += 1
        return [TokenProvider(each, name, counts[each]) for each, name in names.items()]

    def find(self, provider: str, model: str) -> TokenModel:
        """The model by its provider's id and its own, whatever their case.

        Raises:
            TokenModelNotFound: there is none.
        """
        found = self._by_name.get((provider.casefold(), model.casefold()))
        if found is None:
            raise TokenModelNotFound(provider, model)
        return found

    def at(self, moment: datetime) -> list[TokenPrice]:
        """Every price that holds at the moment: each model's standard one, then those of its options."""
        return [price for model in self._models for price in model.all_at(moment)]

    def search(self, text: str = "", provider: str = "", limit: int = 20) -> list[TokenModel]:
        """Models whose provider, id and name have every word of the text, the nearest first.

        A model that is called like the text comes first, then those whose id begins so, then all others; among these
        those in use come before deprecated ones. Of the text the first `MAX_TEXT` characters count; at most
        `MAX_RESULTS` are found.
        """
        words = text[:MAX_TEXT].casefold().split()
        wanted = " ".join(words)
        ranked = [
            (_rank(model, wanted), model.deprecated, place)
            for place, (model, own) in enumerate(zip(self._models, self._texts, strict=True))
            if (not provider or model.provider == provider.casefold()) and all(word in own for word in words)
        ]
        return [self._models[place] for *_, place in sorted(ranked)[: max(0, min(limit, MAX_RESULTS))]]


def _text(model: TokenModel) -> str:
    return " ".join((model.provider, model.provider_name, model.id, model.name)).casefold()


def _rank(model: TokenModel, wanted: str) -> int:
    names = model.id.casefold(), model.name.casefold()
    if wanted in names:
        return _EXACT
    return _BEGINS if any(name.startswith(wanted) for name in names) else _INSIDE
