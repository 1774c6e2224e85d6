"""Read a question into an intent."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.pricing.domain.answers.events import Understood
from services.pricing.domain.index import CatalogueIndex, Holder
from services.pricing.domain.questions import Interpreter, Vocabulary, describe


@dataclass(slots=True)
class InterpretQuestion:
    """Reads questions against the names of the newest version."""

    holder: Holder
    _version: int = field(default=0, init=False)
    _interpreter: Interpreter | None = field(default=None, init=False)

    def __call__(self, text: str, language: str) -> Understood:
        """What the question asks for; `language` is empty where the text tells. Raises NoCatalogue."""
        intent = self.interpreter(self.holder.current).interpret(text, language)
        return Understood(intent, describe(intent, intent.language))

    def interpreter(self, index: CatalogueIndex) -> Interpreter:
        """What knows the names of this version; made once for each."""
        if self._interpreter is None or self._version != index.version.number:
            self._interpreter = Interpreter(Vocabulary.of(index))
            self._version = index.version.number
        return self._interpreter
