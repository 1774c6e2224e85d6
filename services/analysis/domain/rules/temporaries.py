"""Rules about generators, lists and dicts that are made only to be used up at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from services.analysis.domain.findings import Applicability, Confidence, Severity
from services.analysis.domain.rules.context import Draft, DraftFix, MalhaRule, RuleContext
from services.analysis.domain.rules.define import define
from services.analysis.domain.rules.document import FixAvailability
from services.analysis.domain.rules.nodes import arguments_of, is_constant, receiver_of

if TYPE_CHECKING:
    from tree_sitter import Node


def _bracketed(context: RuleContext, node: Node, rule: str, safe: bool) -> Draft | None:
    """A generator as only argument, to be written as a list comprehension."""
    generator = node.child_by_field_name("arguments")
    if generator is None or re.search(r"\b(async|await)\b", context.text(generator)):
        return None
    start, end = generator.start_byte + 1, generator.end_byte - 1
    fix = DraftFix(
        "Make the list directly",
        Applicability.SAFE if safe else Applicability.UNSAFE,
        ((start, start, "["), (end, end, "]")),
    )
    return context.draft(rule, node, "The generator is turned into a list at once: make the list directly", fix)


def _join_generator(context: RuleContext, node: Node) -> Draft | None:
    arguments, receiver = node.child_by_field_name("arguments"), receiver_of(node)
    if arguments is None or arguments.type != "generator_expression" or receiver is None or receiver.type != "string":
        return None
    return _bracketed(context, node, "MLH110", safe=True)


def _call_generator(context: RuleContext, node: Node) -> Draft | None:
    function = node.child_by_field_name("function")
    name = context.text(function) if function is not None else ""
    return _bracketed(context, node, "MLH111", safe=not _bound_here(context, name))


def _bound_here(context: RuleContext, name: str) -> bool:
    """Whether the source might give a built-in's name another meaning; errs on the side of yes."""
    pattern = rf"\b{name}\b\s*(?:=(?!=)|:=|,|\)|:)|\b(?:def|class|as|for|import|global|in)\s+{name}\b|\bimport\s*\*"
    return re.search(pattern.encode(), context.data) is not None


def _update_one(context: RuleContext, node: Node) -> Draft | None:
    arguments = arguments_of(node)
    if len(arguments) != 1 or arguments[0].type != "dictionary":
        return None
    pairs = arguments[0].named_children
    if len(pairs) != 1 or pairs[0].type != "pair" or node.parent is None or node.parent.type != "expression_statement":
        return None
    key, value = pairs[0].child_by_field_name("key"), pairs[0].child_by_field_name("value")
    target = receiver_of(node)
    if key is None or value is None or target is None:
        return None
    text = f"{context.text(target)}[{context.text(key)}] = {context.text(value)}"
    safe = _known_as(context, target, r"\{|dict\(") and is_constant(key) and is_constant(value)
    fix = DraftFix(
        "Assign the item",
        Applicability.SAFE if safe else Applicability.UNSAFE,
        ((node.start_byte, node.end_byte, text),),
    )
    return context.draft("MLH115", node, "A dict is made to set one item", fix)


def _extend_one(context: RuleContext, node: Node) -> Draft | None:
    arguments = arguments_of(node)
    items = arguments[0].named_children if len(arguments) == 1 and arguments[0].type == "list" else []
    if (
        len(items) != 1
        or items[0].type in ("list_splat", "comment")
        or context.data.find(b"#", node.start_byte, node.end_byte) >= 0
    ):
        return None
    target, function = receiver_of(node), node.child_by_field_name("function")
    name = function.child_by_field_name("attribute") if function is not None else None
    if target is None or name is None:
        return None
    safe = _known_as(context, target, r"\[|list\(")
    edits = (
        (name.start_byte, name.end_byte, "append"),
        (arguments[0].start_byte, arguments[0].end_byte, context.text(items[0])),
    )
    fix = DraftFix("Append the element", Applicability.SAFE if safe else Applicability.UNSAFE, edits)
    return context.draft("MLH116", node, "A list is made to add one element", fix)


def _known_as(context: RuleContext, target: Node, pattern: str) -> bool:
    """Whether a name is bound once, in this function, to such a value: nothing else can be behind it."""
    scope = context.scope(target)
    if target.type != "identifier" or not scope.is_function:
        return False
    name = context.text(target)
    values = context.assignments(name, scope)
    if len(values) != 1 or not re.match(pattern, values[0]) or (re.match(r"\{[^:]*$", values[0]) and values[0] != "{}"):
        return False
    bindings = (
        rf"\b{re.escape(name)}\b\s*(?:[-+*/|&^%@<>]*=(?!=)|:=|,[^=\n]*=)|\b(?:as|for|nonlocal|global|in)\s+{name}\b"
    )
    return len(re.findall(bindings, context.text(context.nodes[scope.number]))) == 1


TEMPORARY_RULES: tuple[MalhaRule, ...] = (
    define(
        110,
        "join-of-generator",
        "`str.join` of a generator.",
        "`join` needs to know all parts before it begins, so it makes a list of what it is given. A list comprehension "
        "makes that list without resuming a generator for each part.",
        bad='", ".join(str(x) for x in items)\n',
        good='", ".join([str(x) for x in items])\n',
        effect="Saves the generator",
        size="10 and 1,000 parts",
        speedup=(1.3, 1.8),
        severity=Severity.INFO,
        confidence=Confidence.HIGH,
        fix=FixAvailability.ALWAYS,
        methods=("join",),
        check=_join_generator,
    ),
    define(
        111,
        "collected-generator",
        "`sorted` or `tuple` of a generator.",
        "Both gather everything first. From a list comprehension they gather at C speed.",
        bad="tuple(f(x) for x in items)\n",
        good="tuple([f(x) for x in items])\n",
        effect="Saves the generator",
        size="1,000 elements, with a trivial expression; less with a costly one",
        speedup=(1.1, 1.6),
        severity=Severity.INFO,
        confidence=Confidence.HIGH,
        fix=FixAvailability.ALWAYS,
        query="(call function: (identifier) @_MLH111m arguments: (generator_expression) "
        '(#any-of? @_MLH111m "sorted" "tuple")) @MLH111',
        check=_call_generator,
    ),
    define(
        115,
        "update-with-one-item",
        "`dict.update` with a display of one item.",
        "The call makes a dict, looks a method up and throws the dict away. Assign the item.",
        bad="table.update({key: value})\n",
        good="table[key] = value\n",
        effect="No temporary dict, no call",
        size="one item",
        speedup=(4, 8.3),
        confidence=Confidence.HIGH,
        fix=FixAvailability.SOMETIMES,
        methods=("update",),
        check=_update_one,
    ),
    define(
        116,
        "extend-with-one-element",
        "`list.extend` with a display of one element.",
        "The call makes a list and throws it away. Append the element.",
        bad="items.extend([item])\n",
        good="items.append(item)\n",
        effect="No temporary list",
        size="one element",
        speedup=(2, 3.9),
        confidence=Confidence.HIGH,
        fix=FixAvailability.SOMETIMES,
        methods=("extend",),
        check=_extend_one,
    ),
)
