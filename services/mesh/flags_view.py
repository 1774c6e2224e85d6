"""The flags of a mesh as a person sees them: those of the file, and those that the contracts name."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from openfeature.evaluation_context import EvaluationContext

from services.mesh import policies
from services.mesh.topology import PROFILES
from services.runtime.flags.file import FlagsFile
from services.runtime.flags.provider import decide

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from services.mesh.topology import Service
    from services.runtime.flags.definition import Flag, Rule


@dataclass(frozen=True, slots=True)
class FlagView:
    """One flag, for one caller."""

    name: str
    value: bool | int | float | str
    why: str
    switches: tuple[str, ...]
    """The methods that it switches on and off, as `Service.Method`."""
    description: str

    def document(self) -> Mapping[str, object]:
        """The same for JSON."""
        return asdict(self)


def views(path: Path, subject: str, tenant: str, tier: str) -> Sequence[FlagView]:
    """All flags, by name; raises FlagsInvalid when the file cannot be used."""
    named = switches(PROFILES["default"].services)
    flags = FlagsFile(path).load(named)
    context = EvaluationContext(subject, {"tenant": tenant, "tier": tier})
    return [_view(name, flags.get(name), named.get(name, ()), context) for name in sorted(flags.keys() | named.keys())]


def _view(name: str, flag: Flag | None, methods: Sequence[str], context: EvaluationContext) -> FlagView:
    if flag is None:
        return FlagView(name, True, "not in the file: on", tuple(methods), "")
    value, _, place = decide(name, flag, context)
    return FlagView(name, value, _why(flag, place), tuple(methods), flag.description)


def _why(flag: Flag, place: str) -> str:
    for number, rule in enumerate(flag.rules):
        if place == f"rules[{number}]":
            return f"{place}: {_condition(rule)}"
    return "no rule fits" if flag.rules else "for everyone"


def _condition(rule: Rule) -> str:
    """What a rule asks for, in a few words."""
    named = {"tenants": rule.tenants, "tiers": rule.tiers, "subjects": rule.subjects}
    parts = [f"{kind} {', '.join(values)}" for kind, values in named.items() if values]
    if rule.percent is not None:
        parts.append(f"{rule.percent:g} % by {rule.by}")
    return "; ".join(parts) or "everyone"


def switches(services: Iterable[Service]) -> Mapping[str, Sequence[str]]:
    """The flags that the contracts of some services name, each with the methods that it switches."""
    found: dict[str, list[str]] = {}
    for service in services:
        for method in policies.methods(service):
            if method.feature:
                found.setdefault(method.feature, []).append(f"{method.service.rpartition('.')[2]}.{method.name}")
    return found
