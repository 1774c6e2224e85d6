"""Questions about what a loop gathers, turn by turn, under one name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

    from services.analysis.domain.rules.context import RuleContext

# A name on the left of `=` or `:=`, alone or among others, or between `for` and `in`, or after `as`.
_BOUND = (
    r"^[^\S\n]*(?:[\w,()*. \t]*,\s*\(?)?{name}\b[\w,()* \t]*=(?!=)"
    r"|\b{name}\s*:=|\bfor\b[^:\n]*?\b{name}\b[^:\n]*?\bin\b|\bas\s+{name}\b"
)


def gathers(context: RuleContext, node: Node, target: str) -> bool:
    """Whether each turn of the loop around `node` adds to, or takes from, what the turn before left in `target`.

    It does not when the node is not repeated, nor when a name in the target is bound elsewhere in the loop: then each
    turn may work on another object.
    """
    if not context.in_loop(node):
        return False
    span = context.structure.loop_at(node.start_byte)
    if span is None:
        return False
    before, after = context.data[span[0] : node.start_byte], context.data[node.end_byte : span[1]]
    loop = (before + b"\n" + after).decode("utf-8", "replace")
    names = set(re.findall(r"[^\W\d]\w*", target))
    return not any(re.search(_BOUND.format(name=re.escape(name)), loop, re.MULTILINE) for name in names)


def target_of(context: RuleContext, node: Node) -> str:
    """What an assignment assigns to, as it is written."""
    left = node.child_by_field_name("left")
    return context.text(left) if left is not None else ""


def begins_as(context: RuleContext, node: Node, name: str, pattern: re.Pattern[str]) -> bool:
    """Whether a name is given, anywhere in the scope of `node`, a value whose source begins like `pattern`."""
    return any(pattern.match(value) for value in context.assignments(name, context.scope(node)))


def own_operand(context: RuleContext, node: Node, side: str) -> Node | None:
    """The other operand of `x = x + other` (side `left`) or `x = other + x` (side `right`)."""
    right = node.child_by_field_name("right")
    if right is None:
        return None
    own = right.child_by_field_name(side)
    operator = right.child_by_field_name("operator")
    if own is None or operator is None or operator.type != "+" or context.text(own) != target_of(context, node):
        return None
    return right.child_by_field_name("right" if side == "left" else "left")
