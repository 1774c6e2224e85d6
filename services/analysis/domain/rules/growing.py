"""Rules about collections that grow in a loop, one copy at a time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from services.analysis.domain.findings import Confidence, Severity
from services.analysis.domain.rules.context import Draft, MalhaRule, RuleContext
from services.analysis.domain.rules.define import define
from services.analysis.domain.rules.gathering import begins_as, gathers, own_operand, target_of

if TYPE_CHECKING:
    from tree_sitter import Node

_BYTES = re.compile(r"""(?i:br?|rb)["']|bytes\(""")
# A name that begins as bytes anywhere in a source: most sources have none, and need no walk to find that out.
_ANY_BYTES = re.compile(rb"""=[\s\\]*(?:(?:[bB][rR]?|[rR][bB])["']|bytes\()""")
_STRING = re.compile(r"""(?i:[ruf]|rf|fr)?["']|str\(\)""")


def _bytes_grow(context: RuleContext, node: Node) -> Draft | None:
    name = target_of(context, node)
    if not _ANY_BYTES.search(context.data):
        return None
    if not gathers(context, node, name) or not begins_as(context, node, name, _BYTES):
        return None
    return context.draft("MLH103", node, f"Every turn copies all of the bytes gathered in `{name}`")


def _list_copied(context: RuleContext, node: Node) -> Draft | None:
    other = own_operand(context, node, "left")
    if other is None or other.type not in ("list", "list_comprehension"):
        return None
    if not gathers(context, node, target_of(context, node)):
        return None
    return context.draft("MLH104", node, f"Every turn makes a new list out of all of `{target_of(context, node)}`")


def _tuple_copied(context: RuleContext, node: Node) -> Draft | None:
    other = node.child_by_field_name("right")
    if node.type == "assignment":
        other = own_operand(context, node, "left")
    name = target_of(context, node)
    if other is None or other.type != "tuple" or not gathers(context, node, name):
        return None
    if node.type != "assignment" and not begins_as(context, node, name, re.compile(r"\(|tuple\(")):
        return None
    return context.draft("MLH105", node, f"Every turn makes a new tuple out of all of `{name}`")


def _string_prepended(context: RuleContext, node: Node) -> Draft | None:
    name = target_of(context, node)
    if own_operand(context, node, "right") is None or not gathers(context, node, name):
        return None
    if not begins_as(context, node, name, _STRING):
        return None
    return context.draft("MLH106", node, f"Every turn copies all of the text gathered in `{name}`")


def _attribute_text_grows(context: RuleContext, node: Node) -> Draft | None:
    if not gathers(context, node, target_of(context, node)):
        return None
    return context.draft("MLH107", node, f"Every turn copies all of the text gathered in `{target_of(context, node)}`")


def _dict_copied(context: RuleContext, node: Node) -> Draft | None:
    right = node.child_by_field_name("right")
    name = target_of(context, node)
    if right is None or not right.named_children or context.text(right.named_children[0]) != f"**{name}":
        return None
    if right.named_child_count < 2 or not gathers(context, node, name):
        return None
    return context.draft("MLH108", node, f"Every turn copies all of `{name}` to add to it")


GROWING_RULES: tuple[MalhaRule, ...] = (
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
)
