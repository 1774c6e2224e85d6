"""What a file of flags may say. YAML: each flag has a value, and rules for those who get another one.

flags:
  analysis-projects: true          # short for {value: true}
  analysis-batches:
    description: How many batches of one project are under way at once.
    value: 8
    rules:                         # the first that fits decides; without one that fits, `value`
      - {tenants: [acme], value: 16}
      - {tiers: [pro, enterprise], percent: 25, value: 12}
"""

import hashlib
from collections.abc import Collection, Hashable, Mapping
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError, model_validator
from yaml.constructor import ConstructorError


def _plain(given: Any) -> bool | int | float | str:
    if isinstance(given, bool | int | float | str):
        return given
    raise ValueError("a value is true, false, a number or a text")


Value = Annotated[bool | int | float | str, PlainValidator(_plain)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*([.-][a-z0-9]+)*$", max_length=128)]

_SHARES = 2**64


class FlagsInvalid(Exception):
    """A file of flags cannot be used; the text says where and why, in one line."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(_Part):
    """Who gets another value: whoever fits everything that the rule names."""

    tenants: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    percent: float | None = Field(default=None, ge=0, le=100)
    """The share of the callers. Who is in it stays in it as it grows; the shares of two flags are independent."""
    by: Literal["subject", "tenant"] = "subject"
    """What the share is counted in: callers, or tenants with all their callers."""
    value: Value

    def fits(self, flag: str, subject: str, tenant: str, tier: str) -> bool:
        """Whether a caller gets the rule's value. A share is of those with a name: nobody else is ever in it."""
        if self.tenants and tenant not in self.tenants:
            return False
        if self.tiers and tier not in self.tiers:
            return False
        if self.subjects and subject not in self.subjects:
            return False
        return self.percent is None or _in_share(flag, tenant if self.by == "tenant" else subject, self.percent)


class Flag(_Part):
    """One flag: `value` for all whom no rule fits. Its type is the type of every value it has."""

    description: str = ""
    value: Value
    rules: tuple[Rule, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, given: Any) -> Any:
        return given if isinstance(given, Mapping) else {"value": given}

    @model_validator(mode="after")
    def _one_type(self) -> Self:
        if any(type(rule.value) is not type(self.value) for rule in self.rules):
            raise ValueError(f"all values must be of one type, as {self.value!r} is")
        return self


class _Document(_Part):
    flags: dict[Name, Flag]


def parse(text: str, switches: Collection[str] = ()) -> Mapping[str, Flag]:
    """The flags in a YAML text; `switches` are those that have to be true or false.

    Raises:
        FlagsInvalid: the text is no YAML, names something twice or something unknown, or a value has a wrong type.
    """
    try:
        # A loader of our own: the standard one takes the last of two entries with one name, and says nothing.
        flags = _Document.model_validate(yaml.load(text, _Loader)).flags  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise FlagsInvalid(_one_line(error)) from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        said = first["msg"].removeprefix("Value error, ")
        raise FlagsInvalid(f"{'.'.join(map(str, first['loc'])) or 'the document'}: {said}") from None
    for name in switches:
        if name in flags and not isinstance(flags[name].value, bool):
            raise FlagsInvalid(f"flags.{name}: it switches a method, so it must be true or false")
    return flags


def _in_share(flag: str, unit: str, percent: float) -> bool:
    if not unit:
        return False
    digest = hashlib.sha256(f"{flag}\0{unit}".encode()).digest()
    return int.from_bytes(digest[:8]) * 100 < percent * _SHARES


def _one_line(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark is not None else ""
    return f"{where}{getattr(error, 'problem', None) or 'not readable as YAML'}"


class _Loader(yaml.SafeLoader):
    """Refuses what is named twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise ConstructorError(None, None, f"{key.value} stands here twice", key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)
