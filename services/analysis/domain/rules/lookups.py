"""Rules about collections that are copied, sorted or searched for the sake of one answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.analysis.domain.findings import Applicability, Severity
from services.analysis.domain.rules.context import Draft, DraftFix, MalhaRule, RuleContext
from services.analysis.domain.rules.define import define
from services.analysis.domain.rules.document import FixAvailability
from services.analysis.domain.rules.nodes import arguments_of, is_constant

if TYPE_CHECKING:
    from tree_sitter import Node


def _sorted_for_nothing(context: RuleContext, node: Node) -> Draft | None:
    arguments = arguments_of(node)
    if len(arguments) != 1:
        return None
    inner = arguments_of(arguments[0])
    if len(inner) != 1 or inner[0].type == "list_splat":
        return None
    return context.draft("MLH117", node, "The order that sorting makes is not used")


def _membership_copy(context: RuleContext, node: Node) -> Draft | None:
    call = node.named_children[-1] if node.named_children else None
    if call is None or call.type != "call" or len(arguments_of(call)) != 1 or node.named_child_count != 2:
        return None
    function, inner = call.child_by_field_name("function"), arguments_of(call)[0]
    operators = [child.type for child in node.children if not child.is_named]
    if function is None or operators not in (["in"], ["not in"], ["not", "in"]):
        return None
    if context.text(function) not in ("list", "tuple", "sorted", "set", "frozenset") or inner.type == "list_splat":
        return None
    fix = None
    if inner.type != "generator_expression":
        edit = (call.start_byte, call.end_byte, context.text(inner))
        fix = DraftFix("Look in the collection itself", Applicability.UNSAFE, (edit,))
    return context.draft("MLH118", node, "A whole collection is copied to look for one element", fix)


def _membership_in_long_list(context: RuleContext, node: Node) -> Draft | None:
    items = node.named_children[-1] if node.named_children else None
    if (
        items is None
        or items.type not in ("list", "tuple")
        or items.named_child_count < 8
        or node.named_child_count != 2
    ):
        return None
    if not all(child.type in ("integer", "string") and is_constant(child) for child in items.named_children):
        return None
    start, end = items.start_byte, items.end_byte
    fix = DraftFix("Use a set", Applicability.UNSAFE, ((start, start + 1, "{"), (end - 1, end, "}")))
    return context.draft("MLH119", node, f"{items.named_child_count} constants are compared one after the other", fix)


LOOKUP_RULES: tuple[MalhaRule, ...] = (
    define(
        117,
        "sorted-for-nothing",
        "`len`, `min`, `max`, `any` or `all` of `sorted(...)`.",
        "The result does not depend on the order, so sorting is O(n log n) for nothing. Drop it.",
        bad="smallest = min(sorted(values))\n",
        good="smallest = min(values)\n",
        effect="O(n) or O(1) instead of O(n log n)",
        size="`len` of 1,000 elements already in order",
        speedup=(2, 212),
        query="(call function: (identifier) @_MLH117m arguments: (argument_list . (call function: (identifier) "
        '@_MLH117s) .) (#any-of? @_MLH117m "len" "min" "max" "any" "all") (#eq? @_MLH117s "sorted")) @MLH117',
        check=_sorted_for_nothing,
    ),
    define(
        118,
        "membership-in-copy",
        "`in` a copy that is made for this one look.",
        "Copying visits every element before the look begins; a set or dict would have answered at once. Look in the "
        "collection itself, or make the set once and keep it.",
        bad="if name in list(table):\n    ...\n",
        good="if name in table:\n    ...\n",
        effect="O(1) instead of O(n) for dicts and sets",
        size="a dict of 1,000 keys",
        speedup=(2, 348),
        fix=FixAvailability.SOMETIMES,
        query="(comparison_operator (call function: (identifier) @_MLH118m "
        '(#any-of? @_MLH118m "list" "tuple" "sorted" "set" "frozenset"))) @MLH118',
        check=_membership_copy,
    ),
    define(
        119,
        "membership-in-long-display",
        "`in` a list or tuple display of eight or more constants.",
        "The constants are compared one after the other. A set display of constants is made once, by the compiler, and "
        "answers in one look. What is looked for must be hashable.",
        bad='if word in ["a", "b", "c", "d", "e", "f", "g", "h"]:\n    ...\n',
        good='if word in {"a", "b", "c", "d", "e", "f", "g", "h"}:\n    ...\n',
        effect="O(1) instead of O(n) in the number of constants",
        size="16 strings, none equal",
        speedup=(1.5, 12.6),
        severity=Severity.INFO,
        fix=FixAvailability.ALWAYS,
        query='(comparison_operator operators: "in" [(list) (tuple)]) @MLH119',
        check=_membership_in_long_list,
    ),
)
