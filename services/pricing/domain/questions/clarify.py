"""When a question cannot be answered as it is: what to ask back, with choices that are whole questions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.pricing.domain.intents import Choice, Operation
from services.pricing.domain.offers import Provider
from services.pricing.domain.questions.lexicon import Sign
from services.pricing.domain.questions.operations import only_machines, sides, subject, wants_cheaper
from services.pricing.domain.questions.topics import needs
from services.pricing.domain.questions.vocabulary import InstanceName

if TYPE_CHECKING:
    from services.pricing.domain.questions.gazetteer import Gazetteer
    from services.pricing.domain.questions.grammar import Reading

_CHOICES_AT_MOST: Final = 5
_ASKS: Final[dict[str, tuple[str, str]]] = {
    "place": ("I know no region called “{}”. Where?", "Não conheço nenhuma região chamada “{}”. Onde?"),
    "type": ("Which instance type do you mean by “{}”?", "Qual tipo de instância você quer dizer com “{}”?"),
    "unknown type": (
        "I know no instance type “{}”. Which one do you mean?",
        "Não conheço o tipo de instância “{}”. Qual você quer dizer?",
    ),
    "provider": (
        "I have the prices of AWS, Azure and Google Cloud only. Which of them?",
        "Só tenho os preços de AWS, Azure e Google Cloud. Qual deles?",
    ),
    "period": ("Is {} per hour or per month?", "{} é por hora ou por mês?"),
    "size": ("Which size of {}?", "Qual tamanho de {}?"),
    "subject": (
        "Which instance type, or how many vCPUs and how much memory?",
        "Qual tipo de instância, ou quantas vCPUs e quanta memória?",
    ),
    "needs": (
        "What must it have: how many vCPUs, how much memory, a GPU?",
        "O que ela precisa ter: quantas vCPUs, quanta memória, GPU?",
    ),
    "sides": ("Compare it with what?", "Comparar com o quê?"),
    "one": (
        "I estimate one instance type at a time. Which one first?",
        "Faço a estimativa de um tipo de instância por vez. Qual primeiro?",
    ),
    "commitment": (
        "Which instance type would you commit to, and for how long?",
        "Com qual tipo de instância seria o compromisso, e por quanto tempo?",
    ),
}
_EXAMPLES: Final[dict[Operation, tuple[tuple[str, str], ...]]] = {
    Operation.SEARCH: (
        ("How much does {type} cost on demand?", "Quanto custa {type} sob demanda?"),
        ("How much does a machine with 4 vCPUs and 16 GB cost?", "Quanto custa uma máquina com 4 vCPUs e 16 GB?"),
        ("How much does an L4 GPU cost?", "Quanto custa uma GPU L4?"),
    ),
    Operation.ESTIMATE: (
        ("How much does {type} cost per month?", "Quanto custa {type} por mês?"),
        (
            "How much does a machine with 4 vCPUs and 16 GB cost per month?",
            "Quanto custa por mês uma máquina com 4 vCPUs e 16 GB?",
        ),
    ),
    Operation.RECOMMEND: (
        ("Recommend a machine with 2 vCPUs and 8 GB", "Recomende uma máquina com 2 vCPUs e 8 GB"),
        ("Recommend a machine with 8 vCPUs and 32 GB", "Recomende uma máquina com 8 vCPUs e 32 GB"),
        ("Recommend a machine with one GPU", "Recomende uma máquina com GPU"),
    ),
    Operation.HISTORY: (
        ("Price history of {type} on spot", "Histórico de preços de {type} no spot"),
        ("Price history of {type} on demand", "Histórico de preços de {type} sob demanda"),
    ),
    Operation.BREAK_EVEN: (
        ("When does a 1-year reserved {type} pay off?", "Quando compensa reservar {type} por 1 ano?"),
        ("When does a 3-year reserved {type} pay off?", "Quando compensa reservar {type} por 3 anos?"),
    ),
}
_COMPARISONS: Final = (
    ("Compare on demand and spot for {of}", "Compare sob demanda e spot para {of}"),
    ("Compare us-east-1 and sa-east-1 for {of}", "Compare us-east-1 e sa-east-1 para {of}"),
)
_PROVIDERS: Final = (
    (Provider.AWS, "AWS"),
    (Provider.AZURE, "Azure"),
    (Provider.GCP, "Google Cloud"),
)


@dataclass(frozen=True, slots=True)
class Clarification:
    """What to ask back."""

    question: str
    choices: tuple[Choice, ...]


def clarification(
    operation: Operation, reading: Reading, text: str, portuguese: bool, gazetteer: Gazetteer
) -> Clarification | None:
    """What must be asked back before this is answered; None where it can be answered.

    `text` is what the question was read from. Each choice is a question that is answered when it is asked.
    """
    asking = _Asking(operation, reading, text, portuguese, gazetteer)
    if operation is Operation.EXPLAIN:
        return None
    if reading.nowhere is not None:
        return asking.place()
    if reading.partial is not None:
        return asking.type()
    if reading.other_providers and not reading.providers:
        return asking.provider()
    if reading.budget is not None and reading.budget_period is None:
        return asking.period()
    if len({count for count, _ in reading.counts}) > 1:
        return asking.one_at_a_time()
    return asking.missing()


class _Asking:
    def __init__(
        self, operation: Operation, reading: Reading, text: str, portuguese: bool, gazetteer: Gazetteer
    ) -> None:
        self._operation = operation
        self._reading = reading
        self._text = text
        self._portuguese = portuguese
        self._gazetteer = gazetteer

    def _ask(self, what: str, choices: list[Choice], about: str = "") -> Clarification:
        return Clarification(_ASKS[what][self._portuguese].format(about), tuple(choices[:_CHOICES_AT_MOST]))

    def _instead(self, start: int, end: int, replacement: str) -> str:
        return " ".join((self._text[:start] + replacement + self._text[end:]).split())

    def _examples(self) -> list[Choice]:
        seller = self._reading.providers[0] if len(set(self._reading.providers)) == 1 else None
        example = self._gazetteer.example(seller) or "m7i.large"
        filled = (
            each[self._portuguese].format(type=example)
            for each in _EXAMPLES.get(self._operation, _EXAMPLES[Operation.SEARCH])
        )
        return [Choice(each, each) for each in filled]

    def place(self) -> Clarification:
        """A region or an area that is known, instead."""
        mark = self._reading.nowhere
        assert mark is not None
        if not subject(self._reading) and self._operation is not Operation.CHEAPEST:
            return self._ask("place", self._examples(), self._text[mark.start : mark.end])
        names = (
            ("Brasil", "Estados Unidos", "Europa") if self._portuguese else ("Brazil", "the United States", "Europe")
        )
        choices = [Choice(name, self._instead(mark.start, mark.end, name)) for name in names]
        return self._ask("place", choices, self._text[mark.start : mark.end])

    def type(self) -> Clarification:
        """One of the types that the name may be."""
        mark = self._reading.partial
        assert mark is not None
        assert isinstance(mark.value, tuple)
        written = self._text[mark.start : mark.end]
        names = [each.type for each in mark.value if isinstance(each, InstanceName)]
        choices = [Choice(name, self._instead(mark.start, mark.end, name)) for name in names]
        if not choices or self._missing_sides():
            return self._ask("type" if choices else "unknown type", self._examples(), written)
        return self._ask("type", choices, written)

    def provider(self) -> Clarification:
        """One of the three."""
        asked = "Qual é a instância mais barata na {}?" if self._portuguese else "What is the cheapest instance on {}?"
        return self._ask("provider", [Choice(name, asked.format(name)) for _, name in _PROVIDERS])

    def period(self) -> Clarification:
        """Of which time the budget is."""
        end = self._reading.budget_end
        periods = ("por hora", "por mês") if self._portuguese else ("per hour", "per month")
        if self._operation is Operation.RECOMMEND and not needs(self._reading):
            return self._ask("needs", self._examples())
        return self._ask(
            "period",
            [Choice(each, self._instead(end, end, f" {each} ")) for each in periods],
            str(self._reading.budget),
        )

    def one_at_a_time(self) -> Clarification:
        """Which of several amounts of different types."""
        asked = "Quanto custam {} {} por mês?" if self._portuguese else "How much do {} {} cost per month?"
        filled = (asked.format(count, name) for count, name in self._reading.counts)
        return self._ask("one", [Choice(each, each) for each in dict.fromkeys(filled)])

    def missing(self) -> Clarification | None:
        """What the operation cannot do without."""
        reading = self._reading
        match self._operation:
            case Operation.RECOMMEND if not (needs(reading) or reading.types or reading.families or reading.budget):
                return self._ask("needs", self._examples())
            case Operation.COMPARE if self._missing_sides():
                return self._sides()
            case Operation.BREAK_EVEN if not subject(reading):
                return self._ask("commitment", self._examples())
            case Operation.ESTIMATE | Operation.HISTORY if not subject(reading):
                return self._ask("subject", self._examples())
            case Operation.SEARCH if not subject(reading) and (self._asks_price() or self._asks_nothing()):
                return self._ask("subject", self._examples())
            case Operation.ESTIMATE | Operation.BREAK_EVEN:
                return self._size()
            case _:
                return None

    def _asks_price(self) -> bool:
        cues = self._reading.cues
        listed = cues & {Sign.LIST, Sign.RESULT, Sign.DEAREST, Sign.ORDER_BY}
        return Sign.PRICE in cues and not listed and self._reading.budget is None

    def _asks_nothing(self) -> bool:
        """Whether only a provider or a place is named."""
        listed = (Sign.LIST, Sign.RESULT, Sign.DEAREST, Sign.ORDER_BY, Sign.MACHINE, Sign.PURCHASE, Sign.NOT)
        reading = self._reading
        return only_machines(reading) or (reading.cues.isdisjoint(listed) and not (reading.budget or reading.ordering))

    def _missing_sides(self) -> bool:
        reading = self._reading
        if reading.cues & {Sign.ACROSS, Sign.WHICH_PROVIDER} and (subject(reading) or reading.purchases):
            return False
        if wants_cheaper(reading):
            return False
        return (
            self._operation is Operation.COMPARE and sides(reading) < 2 and not (needs(reading) and not reading.types)
        )

    def _sides(self) -> Clarification:
        reading = self._reading
        names = [each.type for each in reading.types] + [family for _, family in reading.families]
        if not names:
            examples = (
                ("Compare AWS e Azure para 4 vCPUs e 16 GB", "Compare sob demanda e spot para GPU L4")
                if self._portuguese
                else ("Compare AWS and Azure for 4 vCPUs and 16 GB", "Compare on demand and spot for an L4 GPU")
            )
            return self._ask("sides", [Choice(each, each) for each in examples])
        filled = (each[self._portuguese].format(of=names[0]) for each in _COMPARISONS)
        return self._ask("sides", [Choice(each, each) for each in filled])

    def _size(self) -> Clarification | None:
        reading = self._reading
        if reading.types or needs(reading) or reading.family_mentions != 1:
            return None
        family = reading.families[0][1]
        sizes = [each.type for pair in reading.families for each in self._gazetteer.family_of(pair)]
        if len(sizes) == 1:
            return None
        if not sizes:
            return self._ask("subject", self._examples())
        lowered = self._text.lower()
        named = family if family.lower() in lowered else family.split("-")[0]
        start = lowered.find(named.lower())
        if start < 0:
            return self._ask("subject", self._examples())
        choices = [Choice(name, self._instead(start, start + len(named), name)) for name in sizes]
        return self._ask("size", choices, family)
