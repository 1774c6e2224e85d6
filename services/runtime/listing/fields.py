"""What kinds of field a filter may name."""

from dataclasses import dataclass
from enum import Enum, auto


class Kind(Enum):
    """The type of a field's values."""

    STRING = auto()
    INTEGER = auto()
    NUMBER = auto()
    BOOLEAN = auto()
    TIMESTAMP = auto()
    ENUM = auto()
    STRINGS = auto()  # a list of strings; knows only `:`


@dataclass(frozen=True, slots=True)
class FieldType:
    """A field's kind; for an enum, its names from the least to the greatest."""

    kind: Kind
    names: tuple[str, ...] = ()
    prefix: str = ""

    @classmethod
    def enum(cls, *names: str, prefix: str = "") -> "FieldType":
        """An enum whose names are given from the least to the greatest, without the `prefix` they have in the contract.

        A filter may write a name with or without it.
        """
        return cls(Kind.ENUM, names, prefix)

    def rank(self, name: str) -> int:
        """Where a name stands in the enum's order, from 0.

        Raises:
            ValueError: the enum has no such name.
        """
        return self.names.index(name)


STRING = FieldType(Kind.STRING)
INTEGER = FieldType(Kind.INTEGER)
NUMBER = FieldType(Kind.NUMBER)
BOOLEAN = FieldType(Kind.BOOLEAN)
TIMESTAMP = FieldType(Kind.TIMESTAMP)
STRINGS = FieldType(Kind.STRINGS)
