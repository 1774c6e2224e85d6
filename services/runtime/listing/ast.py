"""A filter, parsed and checked."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.runtime.listing.fields import FieldType


class Operator(StrEnum):
    """How a field is compared; HAS is the contains of AIP-160."""

    EQUAL = "="
    NOT_EQUAL = "!="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="
    HAS = ":"


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A pattern for strings: `text` with anything before it, after it, or both."""

    text: str
    anything_before: bool
    anything_after: bool


Value = str | int | float | bool | datetime | Wildcard


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field against one value. The value has the field's type; an enum's is its name."""

    field: str
    type: FieldType
    operator: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of its operand."""

    operand: "Expression"


@dataclass(frozen=True, slots=True)
class And:
    """All operands; none means everything."""

    operands: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any operand."""

    operands: tuple["Expression", ...]


Expression = Comparison | Not | And | Or
EVERYTHING = And(())
