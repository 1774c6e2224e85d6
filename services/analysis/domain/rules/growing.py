"""Rules about collections that grow or shrink in a loop, one copy at a time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from services.analysis.domain.findings import Confidence, Severity
from services.analysis.domain.rules.context import Draft, MalhaRule, RuleContext
from services.analysis.domain.rules.define import define

if TYPE_CHECKING:
    from tree_sitter import Node

_BYTES = re.compile(r"""(?i:br?|rb)["']|bytes\(""")
# A name that begins as bytes anywhere in a source: most sources have none, and need no walk to find that out.
_ANY_BYTES = re.compile(rb"""=[\s\\]*(?:(?:[bB][rR]?|[rR][bB])["']|bytes\()""")
_STRING = re.compile(r"""(?i:[ruf]|rf|fr)?["']|str\(\)""")

# A name on the left of `=` or `:=`, alone or among others, or between `for` and `in`, or after `as`.
_BOUND = (
    r"^[^\S\n]*(?:[\w,()*. \t]*,\s*\(?)?{name}\b[\w,()* \t]*=(?!=)"
    r"|\b{name}\s*:=|\bfor\b[^:\n]*?\b{name}\b[^:\n]*?\bin\b|\bas\s+{name}\b"
)


def _gathers(context: RuleContext, node: Node, target: str) -> bool:
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


def _object(context: RuleContext, node: Node) -> str:
    """What a method is called on."""
    function = node.child_by_field_name("function")
    owner = function.child_by_field_name("object") if function is not None else None
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
        or not _gathers(context, node, _object(context, node))
    ):
        return None
    return context.draft("MLH101", node, "Inserting at the front moves every element of the list, once per turn")


def _pop_first(context: RuleContext, node: Node) -> Draft | None:
    arguments = node.child_by_field_name("arguments")
    if (
        arguments is None
        or arguments.named_child_count != 1
        or not _first_is_zero(context, arguments)
        or not _gathers(context, node, _object(context, node))
    ):
        return None
    return context.draft("MLH102", node, "Taking from the front moves every element of the list, once per turn")


def _target(context: RuleContext, node: Node) -> str:
    left = node.child_by_field_name("left")
    return context.text(left) if left is not None else ""


def _begins_as(context: RuleContext, node: Node, name: str, pattern: re.Pattern[str]) -> bool:
    return any(pattern.match(value) for value in context.assignments(name, context.scope(node)))


def _bytes_grow(context: RuleContext, node: Node) -> Draft | None:
    name = _target(context, node)
    if not _ANY_BYTES.search(context.data):
        return None
    if not _gathers(context, node, name) or not _begins_as(context, node, name, _BYTES):
        return None
    return context.draft("MLH103", node, f"Every turn copies all of the bytes gathered in `{name}`")


def _own_operand(context: RuleContext, node: Node, side: str) -> Node | None:
    """The other operand of `x = x + other` (side `left`) or `x = other + x` (side `right`)."""
    right = node.child_by_field_name("right")
    if right is None:
        return None
    own = right.child_by_field_name(side)
    operator = right.child_by_field_name("operator")
    if own is None or operator is None or operator.type != "+" or context.text(own) != _target(context, node):
        return None
    return right.child_by_field_name("right" if side == "left" else "left")


def _list_copied(context: RuleContext, node: Node) -> Draft | None:
    other = _own_operand(context, node, "left")
    if other is None or other.type not in ("list", "list_comprehension"):
        return None
    if not _gathers(context, node, _target(context, node)):
        return None
    return context.draft("MLH104", node, f"Every turn makes a new list out of all of `{_target(context, node)}`")


def _tuple_copied(context: RuleContext, node: Node) -> Draft | None:
    other = node.child_by_field_name("right")
    if node.type == "assignment":
        other = _own_operand(context, node, "left")
    name = _target(context, node)
    if other is None or other.type != "tuple" or not _gathers(context, node, name):
        return None
    if node.type != "assignment" and not _begins_as(context, node, name, re.compile(r"\(|tuple\(")):
        return None
    return context.draft("MLH105", node, f"Every turn makes a new tuple out of all of `{name}`")


def _string_prepended(context: RuleContext, node: Node) -> Draft | None:
    name = _target(context, node)
    if _own_operand(context, node, "right") is None or not _gathers(context, node, name):
        return None
    if not _begins_as(context, node, name, _STRING):
        return None
    return context.draft("MLH106", node, f"Every turn copies all of the text gathered in `{name}`")


def _attribute_text_grows(context: RuleContext, node: Node) -> Draft | None:
    if not _gathers(context, node, _target(context, node)):
        return None
    return context.draft("MLH107", node, f"Every turn copies all of the text gathered in `{_target(context, node)}`")


def _dict_copied(context: RuleContext, node: Node) -> Draft | None:
    right = node.child_by_field_name("right")
    name = _target(context, node)
    if right is None or not right.named_children or context.text(right.named_children[0]) != f"**{name}":
        return None
    if right.named_child_count < 2 or not _gathers(context, node, name):
        return None
    return context.draft("MLH108", node, f"Every turn copies all of `{name}` to add to it")


def _consumed_by_slices(context: RuleContext, node: Node) -> Draft | None:
    name = _target(context, node)
    right = node.child_by_field_name("right")
    if right is None or not re.fullmatch(rf"{re.escape(name)}\[[^\[\]:,]+:\s*\]", context.text(right)):
        return None
    if not _gathers(context, node, name):
        return None
    return context.draft("MLH109", node, f"Every turn copies what is left of `{name}`")


GROWING_RULES: tuple[MalhaRule, ...] = (
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
        103,
        "bytes-concatenation-in-loop",
        "`+=` on a bytes object in a loop.",
        "Bytes cannot change, so `+=` copies everything gathered so far: O(n^2). Gather in a `bytearray`, or in a list "
        "that `b''.join` puts together.",
        bad='data = b""\nfor part in parts:\n    data += part\n',
        good='data = b"".join(parts)\n',
        effect="O(n) instead of O(n^2) in the number of bytes",
        size="10,000 parts of 64 bytes, bytes against bytearray",
        speedup=(10, 291),
        severity=Severity.ERROR,
        confidence=Confidence.HIGH,
        query='(augmented_assignment left: (identifier) operator: "+=") @MLH103',
        check=_bytes_grow,
    ),
    define(
        104,
        "list-copied-to-grow",
        "`x = x + [...]` in a loop.",
        "The sum is a new list with all elements copied: O(n^2) over the loop. Use `append` or `extend`, which change "
        "the list in place; mind other names for the same list.",
        bad="for item in items:\n    result = result + [item]\n",
        good="for item in items:\n    result.append(item)\n",
        effect="O(n) instead of O(n^2) in the length of the list",
        size="growing to 5,000 elements",
        speedup=(10, 276),
        severity=Severity.ERROR,
        confidence=Confidence.HIGH,
        query="(assignment left: (identifier) right: (binary_operator left: (identifier) "
        "right: [(list) (list_comprehension)])) @MLH104",
        check=_list_copied,
    ),
    define(
        105,
        "tuple-copied-to-grow",
        "A tuple that grows in a loop.",
        "Tuples cannot change, so each addition copies all elements: O(n^2). Gather in a list and call `tuple` once.",
        bad="result = ()\nfor item in items:\n    result += (item,)\n",
        good="result = tuple(items)\n",
        effect="O(n) instead of O(n^2) in the length of the tuple",
        size="growing to 5,000 elements",
        speedup=(10, 264),
        severity=Severity.ERROR,
        confidence=Confidence.HIGH,
        query='[(augmented_assignment left: (identifier) operator: "+=" right: (tuple)) (assignment left: (identifier) '
        "right: (binary_operator left: (identifier) right: (tuple)))] @MLH105",
        check=_tuple_copied,
    ),
    define(
        106,
        "string-prepended-in-loop",
        "`text = part + text` in a loop.",
        "CPython can often append to a string in place, never put something before it: every turn copies all of the "
        "text. Gather the parts in a list, reverse it and join once.",
        bad='text = ""\nfor part in parts:\n    text = part + text\n',
        good='text = "".join(reversed(parts))\n',
        effect="O(n) instead of O(n^2) in the length of the text",
        size="10,000 parts of 64 characters",
        speedup=(10, 538),
        severity=Severity.ERROR,
        query="(assignment left: (identifier) right: (binary_operator right: (identifier))) @MLH106",
        check=_string_prepended,
    ),
    define(
        107,
        "attribute-string-grows-in-loop",
        "`+=` of text to an attribute or item in a loop.",
        "CPython appends in place only to plain local variables. An attribute or item is a second reference to the "
        "text, so every turn copies all of it. Gather the parts in a list and join once, or use a local variable.",
        bad='for part in parts:\n    self.text += f"{part},"\n',
        good='self.text += "".join([f"{part}," for part in parts])\n',
        effect="O(n) instead of O(n^2) in the length of the text",
        size="10,000 parts of 64 characters, attribute against join",
        speedup=(10, 836),
        severity=Severity.ERROR,
        query='(augmented_assignment left: [(attribute) (subscript)] operator: "+=" '
        "right: [(string) (concatenated_string)]) @MLH107",
        check=_attribute_text_grows,
    ),
    define(
        108,
        "dict-copied-to-grow",
        "`d = {**d, ...}` in a loop.",
        "The display makes a new dict with all items copied: O(n^2) over the loop. Assign the items, or `update`.",
        bad="for key, value in pairs:\n    table = {**table, key: value}\n",
        good="for key, value in pairs:\n    table[key] = value\n",
        effect="O(n) instead of O(n^2) in the number of items",
        size="growing to 2,000 items",
        speedup=(10, 97),
        severity=Severity.ERROR,
        confidence=Confidence.HIGH,
        query="(assignment left: (identifier) right: (dictionary . (dictionary_splat (identifier)))) @MLH108",
        check=_dict_copied,
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
