"""Checks every request message against the rules in the contract."""

from typing import Any, ClassVar

from protovalidate import Validator

from services.runtime.call import Call
from services.runtime.exceptions import FieldViolation, ValidationFailed
from services.runtime.interceptors.stage import Stage

# More than these tell nobody anything.
_MOST_VIOLATIONS = 50


class Validation(Stage):
    """Refuses a message that breaks a `buf.validate` rule, naming every rule it breaks.

    Innermost: it raises, and handlers may rely on it.
    """

    name = "validation"
    after: ClassVar[frozenset[str]] = frozenset({"errors", "admission", "deadline"})

    def __init__(self) -> None:
        self._validator = Validator()

    def on_request(self, call: Call, message: Any) -> None:
        if call.method.platform:
            return
        violations = self._validator.collect_violations(message)
        if violations:
            raise ValidationFailed([_violation(v) for v in violations[:_MOST_VIOLATIONS]])


def _violation(violation: Any) -> FieldViolation:
    proto = violation.proto
    return FieldViolation(_path(proto.field), proto.message or proto.rule_id, proto.rule_id)


def _path(path: Any) -> str:
    """A field path as the contract writes it, such as `sources[2].path`."""
    if path is None:
        return ""
    return ".".join(f"{element.field_name}{_subscript(element.subscript)}" for element in path.elements)


def _subscript(subscript: Any) -> str:
    if subscript is None:
        return ""
    value = subscript.value
    return f'["{value}"]' if isinstance(value, str) else f"[{value}]"
