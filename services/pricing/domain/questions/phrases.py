"""The phrases that intents are said back with: English and Portuguese."""

from __future__ import annotations

from typing import Final

from services.pricing.domain.intents import Operation, Ordering, Period
from services.pricing.domain.offers import Architecture, OperatingSystem, Payment, Provider, Purchase, Tenancy

Said = tuple[str, str]

OPERATIONS: Final[dict[Operation, Said]] = {
    Operation.SEARCH: ("Offers", "Ofertas"),
    Operation.CHEAPEST: ("The cheapest offers", "As ofertas mais baratas"),
    Operation.COMPARE: ("A comparison", "Uma comparação"),
    Operation.ESTIMATE: ("An estimate of the cost", "Uma estimativa do custo"),
    Operation.RECOMMEND: ("A recommendation", "Uma recomendação"),
    Operation.BREAK_EVEN: ("When a commitment pays off", "Quando um compromisso compensa"),
    Operation.HISTORY: ("How the price has changed", "Como o preço mudou"),
    Operation.EXPLAIN: ("An explanation: {}", "Uma explicação: {}"),
}
REFUSED: Final[Said] = (
    "I answer questions about what cloud compute costs, and nothing else.",
    "Respondo a perguntas sobre o custo de computação em nuvem, e nada mais.",
)
UNCLEAR: Final[Said] = ("Something is still open.", "Ainda falta algo.")
ORDERINGS: Final[dict[Ordering, Said]] = {
    Ordering.PRICE: ("by price", "por preço"),
    Ordering.PRICE_DESCENDING: ("the dearest first", "as mais caras primeiro"),
    Ordering.PRICE_PER_VCPU: ("by price per vCPU", "por preço por vCPU"),
    Ordering.PRICE_PER_GIB: ("by price per GiB", "por preço por GiB"),
    Ordering.PRICE_PER_GPU: ("by price per GPU", "por preço por GPU"),
    Ordering.VCPUS: ("by vCPUs", "por vCPUs"),
    Ordering.MEMORY: ("by memory", "por memória"),
}
PERIODS: Final[dict[Period, Said]] = {
    Period.HOUR: ("an hour", "hora"),
    Period.DAY: ("a day", "dia"),
    Period.MONTH: ("a month", "mês"),
    Period.YEAR: ("a year", "ano"),
}
NAMES: Final[dict[object, Said]] = {
    Provider.AWS: ("AWS", "AWS"),
    Provider.AZURE: ("Azure", "Azure"),
    Provider.GCP: ("Google Cloud", "Google Cloud"),
    Purchase.ON_DEMAND: ("on demand", "sob demanda"),
    Purchase.SPOT: ("spot", "spot"),
    Purchase.RESERVED: ("reserved", "reservada"),
    Purchase.SAVINGS_PLAN: ("savings plan", "savings plan"),
    Purchase.COMMITTED_USE: ("committed use", "uso comprometido"),
    Purchase.SUSTAINED_USE: ("sustained use", "uso contínuo"),
    Purchase.LOW_PRIORITY: ("low priority", "baixa prioridade"),
    Purchase.CAPACITY_BLOCK: ("capacity block", "bloco de capacidade"),
    Payment.NO_UPFRONT: ("nothing upfront", "sem pagamento adiantado"),
    Payment.PARTIAL_UPFRONT: ("partly upfront", "parcialmente adiantado"),
    Payment.ALL_UPFRONT: ("all upfront", "tudo adiantado"),
    OperatingSystem.LINUX: ("Linux", "Linux"),
    OperatingSystem.WINDOWS: ("Windows", "Windows"),
    OperatingSystem.RHEL: ("RHEL", "RHEL"),
    OperatingSystem.SUSE: ("SUSE", "SUSE"),
    OperatingSystem.UBUNTU_PRO: ("Ubuntu Pro", "Ubuntu Pro"),
    Architecture.X86_64: ("x86", "x86"),
    Architecture.ARM64: ("Arm", "Arm"),
    Tenancy.SHARED: ("shared hardware", "hardware compartilhado"),
    Tenancy.DEDICATED: ("dedicated hardware", "hardware dedicado"),
    Tenancy.HOST: ("dedicated host", "host dedicado"),
}
VCPUS: Final[Said] = ("vCPUs", "vCPUs")
MEMORY: Final[Said] = ("GiB of memory", "GiB de memória")
GPU_MEMORY: Final[Said] = (" with at least {} GiB each", " com pelo menos {} GiB cada")
GPU_TOTAL: Final[Said] = (" with at least {} GiB in all", " com pelo menos {} GiB ao todo")
NO_GPU: Final[Said] = ("without GPU", "sem GPU")
AT_LEAST: Final[Said] = ("at least {}", "pelo menos {}")
AT_MOST: Final[Said] = ("at most {}", "no máximo {}")
EXACTLY: Final[Said] = ("exactly {}", "exatamente {}")
FROM_TO: Final[Said] = ("from {} to {}", "de {} a {}")
BURSTABLE: Final[dict[bool, Said]] = {
    True: ("burstable", "burstable"),
    False: ("not burstable", "não burstable"),
}
INTERRUPTIBLE: Final[dict[bool, Said]] = {
    True: ("may be interrupted", "pode ser interrompida"),
    False: ("must not be interrupted", "não pode ser interrompida"),
}
TERM: Final[Said] = ("for a term of {} months", "com prazo de {} meses")
IN: Final[Said] = ("in {}", "em {}")
OR: Final[Said] = ("or", "ou")
INSTANCES: Final[tuple[Said, Said]] = (("{} instance", "{} instância"), ("{} instances", "{} instâncias"))
RESULTS: Final[tuple[Said, Said]] = (("{} result", "{} resultado"), ("{} results", "{} resultados"))
HOURS: Final[Said] = ("{} hours each", "{} horas cada")
BUDGET: Final[Said] = ("at most {} {}", "no máximo {} por {}")
CURRENCY: Final[Said] = ("prices in {}", "preços em {}")
WITHOUT: Final[Said] = ("not {}", "exceto {}")
