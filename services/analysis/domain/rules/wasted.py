"""Rules about calls that do more than is needed."""

from __future__ import annotations

import re

from tree_sitter import Node

from services.analysis.domain.findings import Applicability, Confidence, Severity
from services.analysis.domain.rules.context import Draft, DraftFix, MalhaRule, RuleContext
from services.analysis.domain.rules.define import define
from services.analysis.domain.rules.document import FixAvailability

_PLAIN_PATTERN = re.compile(r"[A-Za-z0-9_ ,;:/<>=!@#%&'~`\"-]+")
_ISO_FORMATS = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f")


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
    arguments, receiver = node.child_by_field_name("arguments"), _receiver(node)
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


def _string_value(context: RuleContext, node: Node) -> str | None:
    """The text of a plain literal without escapes; None for anything else."""
    text = context.text(node)
    found = re.fullmatch(r"r?(?:'([^'\n]*)'|\"([^\"\n]*)\")", text)
    if found is None or ("\\" in text and not text.startswith("r")):
        return None
    return found[1] if found[1] is not None else found[2]


def _arguments(node: Node) -> list[Node]:
    arguments = node.child_by_field_name("arguments")
    return [] if arguments is None else [child for child in arguments.named_children if child.type != "comment"]


def _is_re(context: RuleContext, node: Node) -> bool:
    receiver = _receiver(node)
    return receiver is not None and context.text(receiver) == "re"


def _regex_in_loop(context: RuleContext, node: Node) -> Draft | None:
    if not _is_re(context, node):
        return None
    arguments = _arguments(node)
    if not arguments or arguments[0].type != "string" or "{" in context.text(arguments[0])[:2]:
        return None
    if re.match(r"(?i)\w*f", context.text(arguments[0]).split("'")[0].split('"')[0]) or not context.in_loop(node):
        return None
    return context.draft("MLH112", node, "The pattern is looked up in the cache of `re` at every turn")


def _literal_substitution(context: RuleContext, node: Node) -> Draft | None:
    if not _is_re(context, node):
        return None
    arguments = _arguments(node)
    if len(arguments) != 3 or any(argument.type == "keyword_argument" for argument in arguments):
        return None
    pattern, replacement = _string_value(context, arguments[0]), _string_value(context, arguments[1])
    if not pattern or replacement is None or "\\" in replacement or not _PLAIN_PATTERN.fullmatch(pattern):
        return None
    subject = arguments[2]
    fix = None
    if subject.type in ("identifier", "attribute", "call", "subscript"):
        old, new = context.text(arguments[0]), context.text(arguments[1])
        text = f"{context.text(subject)}.replace({old}, {new})"
        fix = DraftFix("Use `str.replace`", Applicability.UNSAFE, ((node.start_byte, node.end_byte, text),))
    return context.draft("MLH113", node, "A regular expression replaces a plain text", fix)


def _iso_strptime(context: RuleContext, node: Node) -> Draft | None:
    arguments = _arguments(node)
    if len(arguments) != 2 or _string_value(context, arguments[1]) not in _ISO_FORMATS:
        return None
    function = node.child_by_field_name("function")
    value = function.child_by_field_name("object") if function is not None else None
    if value is None:
        return None
    text = f"{context.text(value)}.fromisoformat({context.text(arguments[0])})"
    fix = DraftFix("Use `fromisoformat`", Applicability.UNSAFE, ((node.start_byte, node.end_byte, text),))
    return context.draft("MLH114", node, "`strptime` reads an ISO 8601 text by regular expression", fix)


def _update_one(context: RuleContext, node: Node) -> Draft | None:
    arguments = _arguments(node)
    if len(arguments) != 1 or arguments[0].type != "dictionary":
        return None
    pairs = arguments[0].named_children
    if len(pairs) != 1 or pairs[0].type != "pair" or node.parent is None or node.parent.type != "expression_statement":
        return None
    key, value = pairs[0].child_by_field_name("key"), pairs[0].child_by_field_name("value")
    target = _receiver(node)
    if key is None or value is None or target is None:
        return None
    text = f"{context.text(target)}[{context.text(key)}] = {context.text(value)}"
    safe = _known_as(context, target, r"\{|dict\(") and _plain(key) and _plain(value)
    fix = DraftFix(
        "Assign the item",
        Applicability.SAFE if safe else Applicability.UNSAFE,
        ((node.start_byte, node.end_byte, text),),
    )
    return context.draft("MLH115", node, "A dict is made to set one item", fix)


def _extend_one(context: RuleContext, node: Node) -> Draft | None:
    arguments = _arguments(node)
    items = arguments[0].named_children if len(arguments) == 1 and arguments[0].type == "list" else []
    if (
        len(items) != 1
        or items[0].type in ("list_splat", "comment")
        or context.data.find(b"#", node.start_byte, node.end_byte) >= 0
    ):
        return None
    target, function = _receiver(node), node.child_by_field_name("function")
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


def _receiver(node: Node) -> Node | None:
    function = node.child_by_field_name("function")
    return function.child_by_field_name("object") if function is not None else None


def _known_as(context: RuleContext, target: Node, pattern: str) -> bool:
    """Whether a name is bound once, in this function, to such a value: nothing else can be behind it."""
    scope = context.scope(target)
    if target.type != "identifier" or not scope.is_function or scope.node is None:
        return False
    name = context.text(target)
    values = context.assignments(name, scope)
    if len(values) != 1 or not re.match(pattern, values[0]) or (re.match(r"\{[^:]*$", values[0]) and values[0] != "{}"):
        return False
    bindings = (
        rf"\b{re.escape(name)}\b\s*(?:[-+*/|&^%@<>]*=(?!=)|:=|,[^=\n]*=)|\b(?:as|for|nonlocal|global|in)\s+{name}\b"
    )
    return len(re.findall(bindings, context.text(scope.node))) == 1


def _plain(node: Node) -> bool:
    return node.type in ("identifier", "integer", "float", "true", "false", "none") or (
        node.type == "string" and all(child.type != "interpolation" for child in node.named_children)
    )


def _sorted_for_nothing(context: RuleContext, node: Node) -> Draft | None:
    arguments = _arguments(node)
    if len(arguments) != 1:
        return None
    inner = _arguments(arguments[0])
    if len(inner) != 1 or inner[0].type == "list_splat":
        return None
    return context.draft("MLH117", node, "The order that sorting makes is not used")


def _membership_copy(context: RuleContext, node: Node) -> Draft | None:
    call = node.named_children[-1] if node.named_children else None
    if call is None or call.type != "call" or len(_arguments(call)) != 1 or node.named_child_count != 2:
        return None
    function, inner = call.child_by_field_name("function"), _arguments(call)[0]
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
    if not all(child.type in ("integer", "string") and _plain(child) for child in items.named_children):
        return None
    start, end = items.start_byte, items.end_byte
    fix = DraftFix("Use a set", Applicability.UNSAFE, ((start, start + 1, "{"), (end - 1, end, "}")))
    return context.draft("MLH119", node, f"{items.named_child_count} constants are compared one after the other", fix)


WASTED_RULES: tuple[MalhaRule, ...] = (
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
        112,
        "regex-looked-up-in-loop",
        "A function of `re` with a constant pattern in a loop.",
        "The module-level functions look the pattern up in a cache at every call. Compile it once, outside the loop or "
        "at module level, and call its methods.",
        bad='for line in lines:\n    if re.match("a+b", line):\n        ...\n',
        good='PATTERN = re.compile("a+b")\nfor line in lines:\n    if PATTERN.match(line):\n        ...\n',
        effect="Saves the look-up, which costs more than matching a short text",
        size="a match on 4 characters",
        speedup=(1.0, 3.0),
        methods=("match", "search", "fullmatch", "sub", "subn", "split", "findall", "finditer", "compile"),
        check=_regex_in_loop,
    ),
    define(
        113,
        "regex-for-plain-text",
        "`re.sub` with a pattern and a replacement that are plain text.",
        "`str.replace` does the same with a fast search.",
        bad='re.sub("abc", "x", text)\n',
        good='text.replace("abc", "x")\n',
        effect="Plain search instead of the regular expression engine",
        size="a text of 21 characters with 3 occurrences",
        speedup=(3.0, 5.7),
        confidence=Confidence.HIGH,
        fix=FixAvailability.SOMETIMES,
        methods=("sub",),
        check=_literal_substitution,
    ),
    define(
        114,
        "strptime-of-iso-format",
        "`strptime` with an ISO 8601 format.",
        "`datetime.fromisoformat` reads such texts in C. It is stricter about digits (`2024-1-5` is refused), so look "
        "at where the texts come from.",
        bad='datetime.strptime(text, "%Y-%m-%d")\n',
        good="datetime.fromisoformat(text)\n",
        effect="C parser instead of a regular expression in Python",
        size="one date",
        speedup=(20, 46),
        confidence=Confidence.HIGH,
        fix=FixAvailability.SOMETIMES,
        methods=("strptime",),
        check=_iso_strptime,
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
