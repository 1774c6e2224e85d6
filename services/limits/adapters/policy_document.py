"""The policy file: its shape, and how it becomes a policy."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Final, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationError, model_validator

from services.limits.domain.errors import PolicyUnusable
from services.limits.domain.policy import ANONYMOUS, GLOBAL, STRICTEST, Limit, Policy

DEFAULT: Final = Path(__file__).parents[1] / "limits.yaml"
"""The file that holds where none is named."""

_LARGEST_BYTES: Final = 1024 * 1024
_MOST_CALLS: Final = 10_000_000
_SPELLING: Final = re.compile(r"([0-9][0-9_]{0,14})/(s|min|h)")
_UNITS: Final = {"s": 1_000, "min": 60_000, "h": 3_600_000}
_ID: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"


class Rate(BaseModel):
    """So many calls in any window of so many milliseconds; written as 10/min."""

    model_config = ConfigDict(frozen=True)

    calls: int = Field(ge=1, le=_MOST_CALLS)
    window_ms: int


def _read(value: object) -> object:
    found = _SPELLING.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("a limit is a number of calls and a unit, s, min or h, such as 10/min")
    return {"calls": int(found[1]), "window_ms": _UNITS[found[2]]}


def _write(rate: Rate) -> str:
    return f"{rate.calls}/{next(unit for unit, length in _UNITS.items() if length == rate.window_ms)}"


_Rate = Annotated[Rate, BeforeValidator(_read), PlainSerializer(_write)]
_Tier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
_Tenant = Annotated[str, Field(pattern=_ID)]


class EdgePart(BaseModel):
    """What each Envoy holds against one address by itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    floor: _Rate
    development_floor: _Rate
    entrance: _Rate


class Document(BaseModel):
    """The file as it is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    users: dict[_Tier, _Rate]
    anonymous: _Rate
    everyone: _Rate = Field(alias="global")
    tenants: dict[_Tenant, dict[_Tier, _Rate]] = Field(default_factory=dict)
    shadow: frozenset[str] = frozenset()
    edge: EdgePart

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        if STRICTEST not in self.users:
            raise ValueError(f"users: there is no tier {STRICTEST}, which holds for whoever has an unknown one")
        taken = self.users.keys() & {ANONYMOUS, GLOBAL, "development"}
        if taken:
            raise ValueError(f"users: a tier cannot be called {sorted(taken)[0]}")
        for tenant, tiers in self.tenants.items():
            for tier in tiers.keys() - self.users.keys():
                raise ValueError(f"tenants: {tenant} has a limit for {tier}, which is no tier of users")
        unknown = self.shadow - self._names()
        if unknown:
            raise ValueError(f"shadow: there is no limit {sorted(unknown)[0]}")
        return self

    def _names(self) -> set[str]:
        own = {f"{tenant}/{tier}" for tenant, tiers in self.tenants.items() for tier in tiers}
        return {ANONYMOUS, GLOBAL, *self.users, *own}

    def policy(self) -> Policy:
        """What the limiter goes by."""

        def limit(name: str, rate: Rate) -> Limit:
            return Limit(name, rate.calls, rate.window_ms, name in self.shadow)

        return Policy(
            users={tier: limit(tier, rate) for tier, rate in self.users.items()},
            anonymous=limit(ANONYMOUS, self.anonymous),
            everyone=limit(GLOBAL, self.everyone),
            tenants={
                tenant: {tier: limit(f"{tenant}/{tier}", rate) for tier, rate in tiers.items()}
                for tenant, tiers in self.tenants.items()
            },
        )


class _Loader(yaml.SafeLoader):
    """YAML in which no key stands twice: of two limits for one thing, one would be a mistake."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} stands here twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read(path: Path) -> Document:
    """The policy file at `path`.

    Raises:
        PolicyUnusable: it cannot be read, is no YAML, or breaks a rule; the text names the place.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_BYTES + 1)
    except OSError as error:
        raise PolicyUnusable(f"{path} cannot be read: {error.strerror}") from None
    if len(content) > _LARGEST_BYTES:
        raise PolicyUnusable(f"{path} is larger than {_LARGEST_BYTES} bytes")
    try:
        return Document.model_validate(yaml.load(content, _Loader))  # noqa: S506 - a SafeLoader with one rule more
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise PolicyUnusable(f"{path} is no YAML: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        problems = "; ".join(_problem(item["loc"], item["msg"]) for item in error.errors())
        raise PolicyUnusable(f"{path}: {problems}") from None


def _problem(where: tuple[int | str, ...], text: str) -> str:
    place = ".".join(str(part) for part in where)
    text = text.removeprefix("Value error, ")
    return f"{place}: {text}" if place else text
