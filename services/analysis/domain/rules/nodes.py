"""Questions that several rules ask about nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node


def arguments_of(node: Node) -> list[Node]:
    """The arguments of a call, without comments; none for what is no call."""
    arguments = node.child_by_field_name("arguments")
    return [] if arguments is None else [child for child in arguments.named_children if child.type != "comment"]


def receiver_of(node: Node) -> Node | None:
    """The object whose method a call calls; None where it calls a plain name."""
    function = node.child_by_field_name("function")
    return function.child_by_field_name("object") if function is not None else None


def is_constant(node: Node) -> bool:
    """Whether an expression is a name or a literal: evaluating it changes nothing."""
    return node.type in ("identifier", "integer", "float", "true", "false", "none") or (
        node.type == "string" and all(child.type != "interpolation" for child in node.named_children)
    )
