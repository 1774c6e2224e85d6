"""Expressions of CEL as Envoy's RBAC takes them: parsed (google.api.expr.v1alpha1), since it reads no text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.mesh.render.document import Node


def attribute(first: str, *fields: str) -> Node:
    """`first.field.field`."""
    found: Node = {"ident_expr": {"name": first}}
    for field in fields:
        found = {"select_expr": {"operand": found, "field": field}}
    return found


def at(mapping: Node, *keys: str) -> Node:
    """`mapping['key']['key']`."""
    for key in keys:
        mapping = call("_[_]", mapping, {"const_expr": {"string_value": key}})
    return mapping


def number(value: float) -> Node:
    """A floating-point number, as all numbers of JSON are."""
    return {"const_expr": {"double_value": value}}


def whole(value: int) -> Node:
    """A whole number."""
    return {"const_expr": {"int64_value": value}}


def call(function: str, *arguments: Node) -> Node:
    """A function or an operator, such as `_>_`."""
    return {"call_expr": {"function": function, "args": list(arguments)}}


def either(first: Node, *others: Node) -> Node:
    """`first || other || ...`: true also when another part of it cannot be worked out."""
    for other in others:
        first = call("_||_", first, other)
    return first
