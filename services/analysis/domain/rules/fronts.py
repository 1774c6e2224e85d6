"""Rules about the front of a collection: to put something there, or to take it away, moves or copies all the rest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from services.analysis.domain.findings import Severity
from services.analysis.domain.rules.context import Draft, MalhaRule, RuleContext
from services.analysis.domain.rules.define import define
from services.analysis.domain.rules.gathering import gathers, target_of
from services.analysis.domain.rules.nodes import receiver_of

if TYPE_CHECKING:
    from tree_sitter import Node


def _object(context: RuleContext, node: Node) -> str:
    """What a method is called on."""
    owner = receiver_of(node)
    return context.text(owner) if owner is not None else ""


def _first_is_zero(context: RuleContext, arguments: Node) -> bool:
    first = arguments.named_children[0]
    return first.type == "integer" and context.text(first) == "0"


def _insert_first(context: RuleContext, node: Node) -> Draft | None:
    arguments = node.child_by_field_name("arguments")
    if (
        arguments is None
        or arguments.named_child_count != 2
        or not _first_is_zero(context, arguments)
        or not gathers(context, node, _object(context, node))
    ):
        return None
    return context.draft("MLH101", node, "Inserting at the front moves every element of the list, once per turn")


def _pop_first(context: RuleContext, node: Node) -> Draft | None:
    arguments = node.child_by_field_name("arguments")
    if (
        arguments is None
        or arguments.named_child_count != 1
        or not _first_is_zero(context, arguments)
        or not gathers(context, node, _object(context, node))
    ):
        return None
    return context.draft("MLH102", node, "Taking from the front moves every element of the list, once per turn")


def _consumed_by_slices(context: RuleContext, node: Node) -> Draft | None:
    name = target_of(context, node)
    right = node.child_by_field_name("right")
    if right is None or not re.fullmatch(rf"{re.escape(name)}\[[^\[\]:,]+:\s*\]", context.text(right)):
        return None
    if not gathers(context, node, name):
        return None
    return context.draft("MLH109", node, f"Every turn copies what is left of `{name}`")


FRONT_RULES: tuple[MalhaRule, ...] = (
    define(
        101,
        "list-insert-at-front",
        "`list.insert(0, ...)` in a loop.",
        "A list keeps its elements side by side, so an insertion at the front moves all of them: n insertions cost "
        "O(n^2). Use `collections.deque` and `appendleft`, or append and reverse once at the end.",
        bad="for line in lines:\n    stack.insert(0, line)\n",
        good="stack = deque()\nfor line in lines:\n    stack.appendleft(line)\n",
        effect="O(n) instead of O(n^2) in the number of insertions",
        size="10,000 insertions, list against deque",
        speedup=(10, 91),
        severity=Severity.ERROR,
        methods=("insert",),
        check=_insert_first,
    ),
    define(
        102,
        "list-pop-from-front",
        "`list.pop(0)` in a loop.",
        "Taking the first element moves all others, so emptying a list this way costs O(n^2). Use "
        "`collections.deque` and `popleft`, or loop over the list.",
        bad="while queue:\n    handle(queue.pop(0))\n",
        good="queue = deque(queue)\nwhile queue:\n    handle(queue.popleft())\n",
        effect="O(n) instead of O(n^2) in the length of the list",
        size="emptying 100,000 elements, list against deque",
        speedup=(10, 235),
        severity=Severity.ERROR,
        methods=("pop",),
        check=_pop_first,
    ),
    define(
        109,
        "consumed-by-slices",
        "`x = x[n:]` in a loop.",
        "Every turn copies what is left: O(n^2). Keep an index and slice what you need, or use `memoryview`.",
        bad="while data:\n    handle(data[:64])\n    data = data[64:]\n",
        good="for at in range(0, len(data), 64):\n    handle(data[at : at + 64])\n",
        effect="O(n) instead of O(n^2) in the length of the sequence",
        size="100,000 bytes in steps of 64",
        speedup=(2, 16),
        query="(assignment left: (identifier) right: (subscript value: (identifier) subscript: (slice))) @MLH109",
        check=_consumed_by_slices,
    ),
)
