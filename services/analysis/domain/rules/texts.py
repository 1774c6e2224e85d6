"""Rules about text that is searched, parsed or built in a costly way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from services.analysis.domain.findings import Applicability, Confidence
from services.analysis.domain.rules.context import Draft, DraftFix, MalhaRule, RuleContext
from services.analysis.domain.rules.define import define
from services.analysis.domain.rules.document import FixAvailability
from services.analysis.domain.rules.nodes import arguments_of, receiver_of

if TYPE_CHECKING:
    from tree_sitter import Node

_PLAIN_PATTERN = re.compile(r"[A-Za-z0-9_ ,;:/<>=!@#%&'~`\"-]+")
_ISO_FORMATS = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f")


def _is_re(context: RuleContext, node: Node) -> bool:
    receiver = receiver_of(node)
    return receiver is not None and context.text(receiver) == "re"


def _string_value(context: RuleContext, node: Node) -> str | None:
    """The text of a plain literal without escapes; None for anything else."""
    text = context.text(node)
    found = re.fullmatch(r"r?(?:'([^'\n]*)'|\"([^\"\n]*)\")", text)
    if found is None or ("\\" in text and not text.startswith("r")):
        return None
    return found[1] if found[1] is not None else found[2]


def _regex_in_loop(context: RuleContext, node: Node) -> Draft | None:
    if not _is_re(context, node):
        return None
    arguments = arguments_of(node)
    if not arguments or arguments[0].type != "string" or "{" in context.text(arguments[0])[:2]:
        return None
    if re.match(r"(?i)\w*f", context.text(arguments[0]).split("'")[0].split('"')[0]) or not context.in_loop(node):
        return None
    return context.draft("MLH112", node, "The pattern is looked up in the cache of `re` at every turn")


def _literal_substitution(context: RuleContext, node: Node) -> Draft | None:
    if not _is_re(context, node):
        return None
    arguments = arguments_of(node)
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
    arguments = arguments_of(node)
    if len(arguments) != 2 or _string_value(context, arguments[1]) not in _ISO_FORMATS:
        return None
    function = node.child_by_field_name("function")
    value = function.child_by_field_name("object") if function is not None else None
    if value is None:
        return None
    text = f"{context.text(value)}.fromisoformat({context.text(arguments[0])})"
    fix = DraftFix("Use `fromisoformat`", Applicability.UNSAFE, ((node.start_byte, node.end_byte, text),))
    return context.draft("MLH114", node, "`strptime` reads an ISO 8601 text by regular expression", fix)


TEXT_RULES: tuple[MalhaRule, ...] = (
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
)
